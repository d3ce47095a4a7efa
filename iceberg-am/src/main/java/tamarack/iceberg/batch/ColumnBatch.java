package tamarack.iceberg.batch;

import java.util.List;
import tamarack.iceberg.memory.ByteArena;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;
import tamarack.tuple.ColumnBatchLayout;
import tamarack.tuple.Memory;

/** An off-heap batch of columns that Java owns, see {@link ColumnBatchLayout}; its varlenas live in {@link #arena}. */
public final class ColumnBatch implements AutoCloseable {
  /** Rows of a batch: enough to hide what a crossing costs, few enough for the processor's cache. */
  public static final int DEFAULT_CAPACITY = 2048;

  private final int capacity;
  private final ByteArena arena = new ByteArena();
  private long address;

  public ColumnBatch(List<TableColumn> columns, int capacity) {
    this.capacity = capacity;
    long head = ColumnBatchLayout.HEADER_SIZE + (long) columns.size() * ColumnBatchLayout.COLUMN_SIZE;
    long perRow = 2 * Long.BYTES;
    for (TableColumn column : columns) {
      perRow += column.kind().slotWidth() + 1;
    }
    address = Memory.allocate(head + (perRow + 2L * columns.size()) * aligned(capacity));
    Memory.fill(address, head, (byte) 0);
    layOut(columns, address + head);
  }

  private static long aligned(long bytes) {
    return bytes + 7 & -8;
  }

  private void layOut(List<TableColumn> columns, long free) {
    Memory.putInt(address + ColumnBatchLayout.COLUMNS, columns.size());
    Memory.putInt(address + ColumnBatchLayout.CAPACITY, capacity);
    Memory.putLong(address + ColumnBatchLayout.ROW_NUMBERS, free);
    Memory.putLong(address + ColumnBatchLayout.POSITIONS, free + (long) capacity * Long.BYTES);
    long at = free + 2L * capacity * Long.BYTES;
    for (int i = 0; i < columns.size(); i++) {
      ValueKind kind = columns.get(i).kind();
      long entry = column(i);
      Memory.putInt(entry + ColumnBatchLayout.WIDTH, kind.width());
      Memory.putInt(entry + ColumnBatchLayout.FIELD_ID, columns.get(i).fieldId());
      Memory.putLong(entry + ColumnBatchLayout.VALUES, at);
      at += aligned((long) capacity * kind.slotWidth());
      Memory.putLong(entry + ColumnBatchLayout.NULLS, at);
      at += aligned(capacity);
    }
  }

  public long address() {
    return address;
  }

  public int capacity() {
    return capacity;
  }

  public ByteArena arena() {
    return arena;
  }

  public int rows() {
    return Memory.getInt(address + ColumnBatchLayout.ROWS);
  }

  public void setRows(int rows) {
    Memory.putInt(address + ColumnBatchLayout.ROWS, rows);
  }

  public void setFile(int index) {
    Memory.putInt(address + ColumnBatchLayout.FILE, index);
  }

  /** Address of a column's entry. */
  public long column(int index) {
    return address + ColumnBatchLayout.HEADER_SIZE + (long) index * ColumnBatchLayout.COLUMN_SIZE;
  }

  public long values(int column) {
    return Memory.getLong(column(column) + ColumnBatchLayout.VALUES);
  }

  public long nulls(int column) {
    return Memory.getLong(column(column) + ColumnBatchLayout.NULLS);
  }

  public void setNullCount(int column, int count) {
    Memory.putInt(column(column) + ColumnBatchLayout.NULL_COUNT, count);
  }

  public long rowNumbers() {
    return Memory.getLong(address + ColumnBatchLayout.ROW_NUMBERS);
  }

  public long positions() {
    return Memory.getLong(address + ColumnBatchLayout.POSITIONS);
  }

  /** Forgets rows and varlenas. */
  public void clear() {
    setRows(0);
    arena.clear();
  }

  @Override
  public void close() {
    Memory.free(address);
    address = 0;
    arena.close();
  }
}
