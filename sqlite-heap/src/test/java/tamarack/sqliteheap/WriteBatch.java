package tamarack.sqliteheap;

import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;

/** A write batch as C makes it, for tests. */
final class WriteBatch implements AutoCloseable {
  private final long address;
  private long end;
  private int count;

  /**
   * @param capacity bytes
   */
  WriteBatch(long capacity) {
    address = Memory.allocate(capacity);
    end = address + BatchLayout.HEADER_SIZE;
  }

  /** Adds a row with xmin 1000 and nothing else. */
  WriteBatch add(long row, byte[] tuple) {
    return add(row, 1000, 0, 0, 0, RowInfo.NEXT_NONE, tuple);
  }

  WriteBatch add(long row, long xmin, long xmax, int cid, int info, long next, byte[] tuple) {
    long entry = addHeader(row, tuple.length);
    Memory.putLong(entry + BatchLayout.XMIN, xmin);
    Memory.putLong(entry + BatchLayout.XMAX, xmax);
    Memory.putLong(entry + BatchLayout.NEXT, next);
    Memory.putInt(entry + BatchLayout.CID, cid);
    Memory.putInt(entry + BatchLayout.INFO, info);
    Memory.put(tuple, entry + BatchLayout.IMAGE);
    return this;
  }

  /** Adds a row whose tuple of so many bytes, all 7 but the first three, never is in the Java heap. */
  WriteBatch addHuge(long row, int bytes) {
    long entry = addHeader(row, bytes);
    Memory.putLong(entry + BatchLayout.XMIN, 1000);
    Memory.putLong(entry + BatchLayout.XMAX, 0);
    Memory.putLong(entry + BatchLayout.NEXT, RowInfo.NEXT_NONE);
    Memory.putLong(entry + BatchLayout.CID, 0);
    Memory.fill(entry + BatchLayout.IMAGE, bytes, (byte) 7);
    Memory.put(Tuples.prefix(1, 0), entry + BatchLayout.IMAGE);
    return this;
  }

  private long addHeader(long row, int tupleBytes) {
    long entry = end;
    int size = (BatchLayout.IMAGE + tupleBytes + 7) & ~7;
    Memory.putLong(entry + BatchLayout.ROW, row);
    Memory.putInt(entry + BatchLayout.ENTRY_SIZE, size);
    Memory.putInt(entry + BatchLayout.BLOB_SIZE, tupleBytes);
    Memory.putInt(entry + BatchLayout.BLOB_OFFSET, BatchLayout.IMAGE);
    end += size;
    count++;
    return entry;
  }

  /** Address of the batch, for as long as this is open. */
  long address() {
    return address;
  }

  /** Writes the batch in a transaction of its own. */
  WriteBatch insertInto(TableFile file) {
    file.begin();
    try {
      file.insert(address, count);
      file.commit();
    } finally {
      file.rollback();
    }
    return this;
  }

  /** Writes the batch in the file's transaction. */
  void insertInTransaction(TableFile file) {
    file.insert(address, count);
  }

  @Override
  public void close() {
    Memory.free(address);
  }
}
