package tamarack.iceberg;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.Varlena;
import tamarack.tuple.ColumnBatchLayout;
import tamarack.tuple.Memory;

/** Fills batches as C would, and reads them as C would. A value is null, a number, a Boolean, or bytes. */
public final class TestBatch implements AutoCloseable {
  private final List<TableColumn> columns;
  private final ColumnBatch batch;

  public TestBatch(List<TableColumn> columns, int capacity) {
    this.columns = columns;
    this.batch = new ColumnBatch(columns, capacity);
  }

  public long address() {
    return batch.address();
  }

  /** Replaces what is in the batch by these rows, numbered from {@code firstRow} on. */
  public TestBatch fill(List<Object[]> rows, long firstRow) {
    batch.clear();
    for (int i = 0; i < columns.size(); i++) {
      int nulls = 0;
      for (int row = 0; row < rows.size(); row++) {
        Object value = rows.get(row)[i];
        nulls += value == null ? 1 : 0;
        Memory.putByte(batch.nulls(i) + row, (byte) (value == null ? 1 : 0));
        if (value != null) {
          put(value, batch.values(i) + (long) row * columns.get(i).kind().slotWidth(), columns.get(i), row);
        }
      }
      batch.setNullCount(i, nulls);
    }
    for (int row = 0; row < rows.size(); row++) {
      Memory.putLong(batch.rowNumbers() + row * 8L, firstRow + row);
    }
    batch.setRows(rows.size());
    return this;
  }

  private void put(Object value, long slot, TableColumn column, int row) {
    switch (value) {
      case Boolean truth -> Memory.putByte(slot, (byte) (truth ? 1 : 0));
      case Short number -> Memory.putShort(slot, number);
      case Integer number -> Memory.putInt(slot, number);
      case Long number -> Memory.putLong(slot, number);
      case Float number -> Memory.putInt(slot, Float.floatToRawIntBits(number));
      case Double number -> Memory.putLong(slot, Double.doubleToRawLongBits(number));
      case byte[] bytes when column.kind().width() > 0 -> Memory.put(bytes, slot);
      case byte[] bytes -> Memory.putLong(slot, varlena(bytes, row % 2 == 0));
      default -> throw new IllegalArgumentException(value.toString());
    }
  }

  /** Short headers where they fit, on every other row. */
  private long varlena(byte[] bytes, boolean packed) {
    long address = batch.arena().allocate(bytes.length + 4L);
    if (packed && bytes.length < 127) {
      Memory.putByte(address, (byte) (bytes.length + 1 << 1 | 1));
      Memory.put(bytes, address + 1);
    } else {
      Varlena.putHeader(address, bytes.length);
      Memory.put(bytes, address + 4);
    }
    return address;
  }

  /** Indexes of all rows. */
  public static int[] all(int rows) {
    int[] selection = new int[rows];
    for (int i = 0; i < rows; i++) {
      selection[i] = i;
    }
    return selection;
  }

  /** The rows of a scan's batch as text, with their row number first. */
  public static List<String> read(long batch, List<TableColumn> columns) {
    List<String> rows = new ArrayList<>();
    int count = Memory.getInt(batch + ColumnBatchLayout.ROWS);
    for (int row = 0; row < count; row++) {
      StringBuilder text = new StringBuilder();
      text.append(Memory.getLong(Memory.getLong(batch + ColumnBatchLayout.ROW_NUMBERS) + row * 8L));
      for (int i = 0; i < columns.size(); i++) {
        long entry = batch + ColumnBatchLayout.HEADER_SIZE + (long) i * ColumnBatchLayout.COLUMN_SIZE;
        text.append('|').append(read(entry, columns.get(i), row));
      }
      rows.add(text.toString());
    }
    return rows;
  }

  private static String read(long entry, TableColumn column, int row) {
    if (Memory.getByte(Memory.getLong(entry + ColumnBatchLayout.NULLS) + row) != 0) {
      return "null";
    }
    long slot = Memory.getLong(entry + ColumnBatchLayout.VALUES) + (long) row * column.kind().slotWidth();
    byte[] bytes;
    if (column.kind().isVarlena()) {
      long address = Memory.getLong(slot);
      if (address % 8 != 0) {
        throw new AssertionError("a varlena is not aligned");
      }
      bytes = Varlena.bytes(address);
    } else {
      bytes = new byte[column.kind().width()];
      Memory.get(slot, bytes);
    }
    return HexFormat.of().formatHex(bytes);
  }

  /** What {@link #read} must give for a row. */
  public static String expected(long number, Object[] row, List<TableColumn> columns) {
    StringBuilder text = new StringBuilder().append(number);
    long scratch = Memory.allocate(64);
    for (int i = 0; i < row.length; i++) {
      text.append('|');
      if (row[i] == null) {
        text.append("null");
      } else if (row[i] instanceof byte[] bytes) {
        text.append(HexFormat.of().formatHex(bytes));
      } else {
        byte[] bytes = new byte[columns.get(i).kind().width()];
        fixed(row[i], scratch);
        Memory.get(scratch, bytes);
        text.append(HexFormat.of().formatHex(bytes));
      }
    }
    Memory.free(scratch);
    return text.toString();
  }

  private static void fixed(Object value, long slot) {
    switch (value) {
      case Boolean truth -> Memory.putByte(slot, (byte) (truth ? 1 : 0));
      case Short number -> Memory.putShort(slot, number);
      case Integer number -> Memory.putInt(slot, number);
      case Long number -> Memory.putLong(slot, number);
      case Float number -> Memory.putInt(slot, Float.floatToRawIntBits(number));
      case Double number -> Memory.putLong(slot, Double.doubleToRawLongBits(number));
      default -> throw new IllegalArgumentException(value.toString());
    }
  }

  @Override
  public void close() {
    batch.close();
  }
}
