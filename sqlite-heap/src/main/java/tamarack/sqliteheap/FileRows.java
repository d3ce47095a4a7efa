package tamarack.sqliteheap;

import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;

/** A table file as {@link RowOperations} and its like see it. One object serves all files, one after the other. */
final class FileRows implements RowStore {
  /** Room for a batch of one header, and more. */
  private static final int HEADER_BATCH_BYTES = 512;

  private final long headerBatch = Memory.allocate(HEADER_BATCH_BYTES);
  private TableFile file;

  /** Works on this file from now on. */
  FileRows attach(TableFile file) {
    this.file = file;
    return this;
  }

  @Override
  public boolean readHeader(long row, RowHeader into) {
    int found = file.fetch(row, true, headerBatch, HEADER_BATCH_BYTES);
    if (found < 0) {
      throw new TamarackException(SqlState.INTERNAL_ERROR, "no room for the header of row version " + row);
    }
    if (found > 0) {
      into.load(headerBatch + BatchLayout.HEADER_SIZE);
    }
    return found > 0;
  }

  @Override
  public void writeHeader(RowHeader header) {
    if (!file.setHeader(header.row(), header.xmin(), header.xmax(), header.state(), header.next())) {
      throw new TamarackException(
          SqlState.DATA_CORRUPTED,
          "row version " + header.row() + " is missing in SQLite file \"" + file.path() + "\"");
    }
  }

  @Override
  public void insert(long batch, int count) {
    file.insert(batch, count);
  }

  @Override
  public void begin() {
    file.begin();
  }

  @Override
  public void commit() {
    file.commit();
  }

  @Override
  public void rollback() {
    file.rollback();
  }
}
