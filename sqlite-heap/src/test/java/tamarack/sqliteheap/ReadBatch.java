package tamarack.sqliteheap;

import java.util.ArrayList;
import java.util.List;
import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;

/** A batch that a file packs rows into, for tests. */
final class ReadBatch implements AutoCloseable {
  /** One entry; {@code image} is the heap tuple image. */
  record Row(long row, long xmin, long xmax, long next, int cid, int info, int blobSize, byte[] image) {}

  private final long address;
  private final long capacity;

  /**
   * @param capacity bytes
   */
  ReadBatch(long capacity) {
    this.address = Memory.allocate(capacity);
    this.capacity = capacity;
    Memory.fill(address, capacity, (byte) 0x55);
  }

  long address() {
    return address;
  }

  int scan(TableFile file, long first, long last, int maxRows, boolean headersOnly) {
    return file.scan(first, last, maxRows, headersOnly, address, capacity);
  }

  int fetch(TableFile file, long row) {
    return file.fetch(row, false, address, capacity);
  }

  int fetchHeader(TableFile file, long row) {
    return file.fetch(row, true, address, capacity);
  }

  int count() {
    return Memory.getInt(address + BatchLayout.COUNT);
  }

  long used() {
    return Memory.getLong(address + BatchLayout.USED);
  }

  long resumeRow() {
    return Memory.getLong(address + BatchLayout.RESUME_ROW);
  }

  long needed() {
    return Memory.getLong(address + BatchLayout.NEEDED);
  }

  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    long entry = address + BatchLayout.HEADER_SIZE;
    for (int i = 0; i < count(); i++) {
      rows.add(row(entry));
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
    return rows;
  }

  /** All rows of a file, read in as many batches as it takes. */
  List<Row> readAll(TableFile file) {
    List<Row> rows = new ArrayList<>();
    for (long next = 0; next >= 0; next = resumeRow()) {
      scan(file, next, Long.MAX_VALUE, Integer.MAX_VALUE, false);
      rows.addAll(rows());
    }
    return rows;
  }

  private static Row row(long entry) {
    byte[] image = new byte[Memory.getInt(entry + BatchLayout.TUPLE_LENGTH)];
    Memory.get(entry + BatchLayout.IMAGE, image);
    return new Row(
        Memory.getLong(entry + BatchLayout.ROW),
        Memory.getLong(entry + BatchLayout.XMIN),
        Memory.getLong(entry + BatchLayout.XMAX),
        Memory.getLong(entry + BatchLayout.NEXT),
        Memory.getInt(entry + BatchLayout.CID),
        Memory.getInt(entry + BatchLayout.INFO),
        Memory.getInt(entry + BatchLayout.BLOB_SIZE),
        image);
  }

  @Override
  public void close() {
    Memory.free(address);
  }
}
