package tamarack.sqliteheap;

import java.util.Map;
import java.util.TreeMap;
import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;

/** Row headers in memory, with transactions. */
final class MemoryRowStore implements RowStore {
  private final Map<Long, RowHeader> rows = new TreeMap<>();
  private Map<Long, RowHeader> before;
  private int commits;
  private RuntimeException failure;

  @Override
  public boolean readHeader(long row, RowHeader into) {
    RowHeader found = rows.get(row);
    if (found != null) {
      copy(found, into);
    }
    return found != null;
  }

  @Override
  public void writeHeader(RowHeader header) {
    requireTransaction();
    if (!rows.containsKey(header.row())) {
      throw new AssertionError("no row " + header.row());
    }
    rows.put(header.row(), copy(header, new RowHeader()));
  }

  @Override
  public void insert(long batch, int count) {
    requireTransaction();
    if (failure != null) {
      throw failure;
    }
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int i = 0; i < count; i++) {
      RowHeader header = new RowHeader().load(entry);
      if (rows.putIfAbsent(header.row(), header) != null) {
        throw new AssertionError("row " + header.row() + " exists");
      }
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
  }

  @Override
  public void begin() {
    if (before != null) {
      throw new AssertionError("in a transaction");
    }
    before = new TreeMap<>(rows);
  }

  @Override
  public void commit() {
    requireTransaction();
    before = null;
    commits++;
  }

  @Override
  public void rollback() {
    if (before != null) {
      rows.clear();
      rows.putAll(before);
      before = null;
    }
  }

  private void requireTransaction() {
    if (before == null) {
      throw new AssertionError("not in a transaction");
    }
  }

  boolean isInTransaction() {
    return before != null;
  }

  int commits() {
    return commits;
  }

  /** Makes every insert fail from now on; null: none. */
  void failInserts(RuntimeException failure) {
    this.failure = failure;
  }

  /** A copy of a row's header, null when there is no such row. */
  RowHeader header(long row) {
    RowHeader found = rows.get(row);
    return found == null ? null : copy(found, new RowHeader());
  }

  /** Puts a row there, as it is. */
  void put(RowHeader header) {
    rows.put(header.row(), copy(header, new RowHeader()));
  }

  void remove(long row) {
    rows.remove(row);
  }

  Iterable<Long> numbers() {
    return rows.keySet();
  }

  private static RowHeader copy(RowHeader from, RowHeader to) {
    return to.set(from.row(), from.xmin(), from.xmax(), from.next(), from.cid(), from.info());
  }
}
