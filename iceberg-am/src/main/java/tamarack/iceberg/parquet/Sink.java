package tamarack.iceberg.parquet;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.apache.iceberg.types.Types;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.memory.ByteArena;
import tamarack.iceberg.type.NumericCodec;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.Timestamps;
import tamarack.iceberg.type.ValueKind;
import tamarack.iceberg.type.Varlena;
import tamarack.tuple.Memory;

/**
 * Takes the values of a Parquet column and puts them into a batch's slots in PostgreSQL's form; varlenas go to an arena
 * and their address into the slot. Numbers come as raw bits.
 */
interface Sink {
  /** Puts a boolean, an integer, or the bits of a float or double. */
  default void put(long bits, long slot) {
    throw new IllegalStateException("the file's column holds numbers, the table's does not");
  }

  /** Puts a byte string. */
  default void put(byte[] bytes, int offset, int length, long slot) {
    throw new IllegalStateException("the file's column holds byte strings, the table's does not");
  }

  /** Whether a file's little-endian values of this many bytes are the slot's, bit by bit. */
  default boolean isCopy(int bytes) {
    return false;
  }

  /** The sink for a table's column whose values a file keeps as {@code physical}. */
  static Sink of(TableColumn column, PrimitiveTypeName physical, ByteArena arena) {
    return of(column.kind(), column.icebergType(), physical, arena);
  }

  /** As above. */
  static Sink of(ValueKind kind, org.apache.iceberg.types.Type type, PrimitiveTypeName physical, ByteArena arena) {
    boolean isFloat = physical == PrimitiveTypeName.FLOAT;
    boolean isDouble = physical == PrimitiveTypeName.DOUBLE;
    if (kind == ValueKind.REAL && !isFloat && !isDouble || kind == ValueKind.DOUBLE && !isFloat && !isDouble) {
      throw mismatch(kind, physical);
    }
    return switch (kind) {
      case BOOLEAN -> new Bits(1, physical == PrimitiveTypeName.BOOLEAN);
      case SMALLINT -> new Bits(2, false);
      case INTEGER, OID -> new Bits(4, physical == PrimitiveTypeName.INT32);
      case BIGINT, TIME -> new Bits(8, physical == PrimitiveTypeName.INT64);
      case REAL -> isFloat ? new Bits(4, true) : new Narrow();
      case DOUBLE -> isFloat ? new Widen() : new Bits(8, true);
      case DATE -> new Date();
      case TIMESTAMP, TIMESTAMPTZ -> new Timestamp();
      case NUMERIC -> new Numeric((Types.DecimalType) type, physical, arena);
      case UUID -> new Uuid();
      default -> new Bytes(arena);
    };
  }

  private static TamarackException mismatch(ValueKind kind, PrimitiveTypeName physical) {
    return new TamarackException(
        SqlState.DATA_CORRUPTED, "a data file keeps a column of kind " + kind + " as Parquet's " + physical);
  }

  /** Puts a value in Iceberg's form, a column's default say. */
  default void putIceberg(Object value, long slot) {
    switch (value) {
      case Boolean truth -> put(truth ? 1 : 0, slot);
      case Integer number -> put(number.longValue(), slot);
      case Long number -> put(number, slot);
      case Float number -> put(Float.floatToRawIntBits(number), slot);
      case Double number -> put(Double.doubleToRawLongBits(number), slot);
      case java.math.BigDecimal number -> putBytes(number.unscaledValue().toByteArray(), slot);
      case CharSequence text -> putBytes(text.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8), slot);
      case java.util.UUID uuid -> putBytes(
          ByteBuffer.allocate(16).putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits())
              .array(), slot);
      case ByteBuffer buffer -> {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        putBytes(bytes, slot);
      }
      default -> throw new IllegalArgumentException("no value of a plain column: " + value.getClass());
    }
  }

  private void putBytes(byte[] bytes, long slot) {
    put(bytes, 0, bytes.length, slot);
  }

  /** Integers and bits in their own or a narrower width. */
  record Bits(int width, boolean same) implements Sink {
    @Override
    public void put(long bits, long slot) {
      switch (width) {
        case 1 -> Memory.putByte(slot, (byte) bits);
        case 2 -> Memory.putShort(slot, (short) bits);
        case 4 -> Memory.putInt(slot, (int) bits);
        default -> Memory.putLong(slot, bits);
      }
    }

    @Override
    public boolean isCopy(int bytes) {
      return same && width == bytes;
    }
  }

  /** float to double. */
  record Widen() implements Sink {
    @Override
    public void put(long bits, long slot) {
      Memory.putLong(slot, Double.doubleToRawLongBits(Float.intBitsToFloat((int) bits)));
    }
  }

  /** double to float, for a real that is kept as a double. */
  record Narrow() implements Sink {
    @Override
    public void put(long bits, long slot) {
      Memory.putInt(slot, Float.floatToRawIntBits((float) Double.longBitsToDouble(bits)));
    }
  }

  /** Days. */
  record Date() implements Sink {
    @Override
    public void put(long bits, long slot) {
      Memory.putInt(slot, Timestamps.dateToPostgres((int) bits));
    }
  }

  /** Microseconds. */
  record Timestamp() implements Sink {
    @Override
    public void put(long bits, long slot) {
      Memory.putLong(slot, Timestamps.toPostgres(bits));
    }
  }

  /** Sixteen bytes in place. */
  record Uuid() implements Sink {
    @Override
    public void put(byte[] bytes, int offset, int length, long slot) {
      if (length != 16) {
        throw new IllegalStateException("a uuid of " + length + " bytes");
      }
      Memory.put(bytes, offset, slot, length);
    }
  }

  /** Varlenas of bytes. */
  record Bytes(ByteArena arena) implements Sink {
    @Override
    public void put(byte[] bytes, int offset, int length, long slot) {
      long address = arena.allocate(length + (long) Varlena.HEADER);
      Varlena.putHeader(address, length);
      Memory.put(bytes, offset, address + Varlena.HEADER, length);
      Memory.putLong(slot, address);
    }
  }

  /** Decimals. */
  final class Numeric implements Sink {
    private final NumericCodec codec;
    private final ByteArena arena;
    private final long nan;

    Numeric(Types.DecimalType type, PrimitiveTypeName physical, ByteArena arena) {
      this.codec = new NumericCodec(type.precision(), type.scale());
      this.arena = arena;
      this.nan = physical == PrimitiveTypeName.INT32 ? Integer.MIN_VALUE : Long.MIN_VALUE;
    }

    @Override
    public void put(long bits, long slot) {
      long address = arena.allocate(NumericCodec.MAX_SIZE);
      Memory.putLong(slot, address);
      if (bits == nan) {
        NumericCodec.putNan(address);
      } else {
        codec.put(bits, address);
      }
    }

    @Override
    public void put(byte[] bytes, int offset, int length, long slot) {
      long address = arena.allocate(NumericCodec.MAX_SIZE);
      Memory.putLong(slot, address);
      if (isNan(bytes, offset, length)) {
        NumericCodec.putNan(address);
      } else {
        codec.put(new BigInteger(bytes, offset, length), address);
      }
    }

    private static boolean isNan(byte[] bytes, int offset, int length) {
      if (bytes[offset] != Byte.MIN_VALUE || length < Long.BYTES) {
        return false;
      }
      for (int i = 1; i < length; i++) {
        if (bytes[offset + i] != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
