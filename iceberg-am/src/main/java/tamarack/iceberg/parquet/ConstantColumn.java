package tamarack.iceberg.parquet;

import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import tamarack.iceberg.memory.ByteArena;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.Varlena;
import tamarack.tuple.Memory;

/** A column that a file does not have, added to the table later: its initial default, or null. */
final class ConstantColumn implements BatchColumn {
  private final int width;
  private final long slot;

  /** @param arena lives as long as the row group is read */
  ConstantColumn(TableColumn column, ByteArena arena) {
    this.width = column.kind().slotWidth();
    if (column.initialDefault() == null) {
      slot = 0;
    } else if (column.initialDefault() instanceof byte[] nested) {
      slot = arena.allocate(width);
      Memory.putLong(slot, varlena(nested, arena));
    } else {
      slot = arena.allocate(width);
      Sink.of(column, physical(column), arena).putIceberg(column.initialDefault(), slot);
    }
  }

  /** PostgreSQL's own bytes of an array or a row. */
  private static long varlena(byte[] bytes, ByteArena arena) {
    long address = arena.allocate(bytes.length + (long) Varlena.HEADER);
    Varlena.putHeader(address, bytes.length);
    Memory.put(bytes, address + Varlena.HEADER);
    return address;
  }

  private static PrimitiveTypeName physical(TableColumn column) {
    return switch (column.icebergType().typeId()) {
      case FLOAT -> PrimitiveTypeName.FLOAT;
      case DOUBLE -> PrimitiveTypeName.DOUBLE;
      default -> PrimitiveTypeName.BINARY;
    };
  }

  @Override
  public void seek(long row) {}

  @Override
  public int read(int count, long nulls, long slots) {
    Memory.fill(nulls, count, (byte) (slot == 0 ? 1 : 0));
    if (slot == 0) {
      return count;
    }
    for (int i = 0; i < count; i++) {
      Memory.copy(slot, slots + (long) i * width, width);
    }
    return 0;
  }
}
