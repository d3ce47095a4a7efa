package tamarack.iceberg.parquet;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.apache.iceberg.DoubleFieldMetrics;
import org.apache.iceberg.FieldMetrics;
import org.apache.iceberg.FloatFieldMetrics;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.io.api.Binary;
import tamarack.iceberg.type.NumericCodec;
import tamarack.iceberg.type.Timestamps;
import tamarack.iceberg.type.ValueKind;
import tamarack.iceberg.type.Varlena;
import tamarack.tuple.Memory;

/** The writers of plain values: from PostgreSQL's memory to one Parquet column. */
final class LeafWriters {
  private static final int MAX_INT_PRECISION = 9;
  private static final int MAX_LONG_PRECISION = 18;

  private LeafWriters() {}

  /** What a leaf must do with one value at an address. */
  private interface Write {
    void value(long address, int repetition, int definition);
  }

  private record Leaf(ColumnWriter column, Write write) implements ValueWriter {
    @Override
    public void write(long address, int repetition, int definition) {
      write.value(address, repetition, definition);
    }

    @Override
    public void writeNull(int repetition, int definition) {
      column.writeNull(repetition, definition);
    }
  }

  /** A writer from {@code kind} to an Iceberg type. */
  static ValueWriter of(ValueKind kind, Type type, ColumnWriter column) {
    return new Leaf(column, write(kind, type, column));
  }

  private static Write write(ValueKind kind, Type type, ColumnWriter out) {
    return switch (kind) {
      case BOOLEAN -> (at, r, d) -> out.write(Memory.getByte(at) != 0, r, d);
      case SMALLINT -> integers(type, out, true);
      case INTEGER -> integers(type, out, false);
      case OID -> (at, r, d) -> out.write(Integer.toUnsignedLong(Memory.getInt(at)), r, d);
      case BIGINT, TIME -> (at, r, d) -> out.write(Memory.getLong(at), r, d);
      case DATE -> (at, r, d) -> out.write(Timestamps.dateToIceberg(Memory.getInt(at)), r, d);
      case TIMESTAMP, TIMESTAMPTZ -> (at, r, d) -> out.write(Timestamps.toIceberg(Memory.getLong(at)), r, d);
      case REAL -> type.typeId() == Type.TypeID.DOUBLE
          ? (at, r, d) -> out.write((double) Float.intBitsToFloat(Memory.getInt(at)), r, d)
          : (at, r, d) -> out.write(Float.intBitsToFloat(Memory.getInt(at)), r, d);
      case DOUBLE -> (at, r, d) -> out.write(Double.longBitsToDouble(Memory.getLong(at)), r, d);
      case NUMERIC -> decimals((Types.DecimalType) type, out);
      case UUID -> uuids(out);
      default -> new Bytes(out);
    };
  }

  private static Write integers(Type type, ColumnWriter out, boolean small) {
    if (type.typeId() == Type.TypeID.LONG) {
      return small
          ? (at, r, d) -> out.write((long) Memory.getShort(at), r, d)
          : (at, r, d) -> out.write((long) Memory.getInt(at), r, d);
    }
    return small
        ? (at, r, d) -> out.write(Memory.getShort(at), r, d)
        : (at, r, d) -> out.write(Memory.getInt(at), r, d);
  }

  private static Write uuids(ColumnWriter out) {
    byte[] bytes = new byte[16];
    return (at, r, d) -> {
      Memory.get(at, bytes);
      out.write(Binary.fromReusedByteArray(bytes), r, d);
    };
  }

  private static Write decimals(Types.DecimalType type, ColumnWriter out) {
    NumericCodec codec = new NumericCodec(type.precision(), type.scale());
    if (type.precision() <= MAX_INT_PRECISION) {
      return (at, r, d) -> out.write(NumericCodec.isNan(at) ? Integer.MIN_VALUE : (int) codec.toLong(at), r, d);
    }
    if (type.precision() <= MAX_LONG_PRECISION) {
      return (at, r, d) -> out.write(NumericCodec.isNan(at) ? Long.MIN_VALUE : codec.toLong(at), r, d);
    }
    int length = TypeUtil.decimalRequiredBytes(type.precision());
    BigInteger nan = BigInteger.ONE.shiftLeft(length * Byte.SIZE - 1).negate();
    return (at, r, d) -> {
      BigInteger value = NumericCodec.isNan(at) ? nan : codec.toBigInteger(at);
      out.write(Binary.fromConstantByteArray(padded(value, length)), r, d);
    };
  }

  private static byte[] padded(BigInteger value, int length) {
    byte[] bytes = value.toByteArray();
    byte[] padded = new byte[length];
    Arrays.fill(padded, 0, length - bytes.length, (byte) (value.signum() < 0 ? -1 : 0));
    System.arraycopy(bytes, 0, padded, length - bytes.length, bytes.length);
    return padded;
  }

  /** Bytes of a varlena, through one array that grows to the largest value. */
  private static final class Bytes implements Write {
    private static final int KEPT = 1 << 20;

    private final ColumnWriter out;
    private byte[] buffer = new byte[256];

    Bytes(ColumnWriter out) {
      this.out = out;
    }

    @Override
    public void value(long address, int repetition, int definition) {
      int length = Varlena.length(address);
      byte[] bytes = buffer;
      if (length > bytes.length) {
        bytes = new byte[Math.max(length, (int) Math.min(KEPT, 2L * length))];
        buffer = bytes.length <= KEPT ? bytes : buffer;
      }
      Memory.get(Varlena.data(address), bytes, 0, length);
      out.write(Binary.fromReusedByteArray(bytes, 0, length), repetition, definition);
    }
  }

  /** Counts of a float column's NaN and nulls and its bounds without them, over all row groups of a file. */
  static Counter counter(int fieldId, Type type, ValueKind kind) {
    if (type.typeId() == Type.TypeID.FLOAT) {
      FloatFieldMetrics.Builder floats = new FloatFieldMetrics.Builder(fieldId);
      return new Counter(at -> floats.addValue(Float.intBitsToFloat(Memory.getInt(at))), floats::build);
    }
    DoubleFieldMetrics.Builder doubles = new DoubleFieldMetrics.Builder(fieldId);
    LongConsumer add = kind == ValueKind.REAL
        ? at -> doubles.addValue(Float.intBitsToFloat(Memory.getInt(at)))
        : at -> doubles.addValue(Double.longBitsToDouble(Memory.getLong(at)));
    return new Counter(add, doubles::build);
  }

  /** What {@link #counter} gives. */
  static final class Counter {
    private final LongConsumer add;
    private final Supplier<FieldMetrics<?>> values;
    private long nulls;

    Counter(LongConsumer add, Supplier<FieldMetrics<?>> values) {
      this.add = add;
      this.values = values;
    }

    /** All that was counted; Iceberg's builders leave nulls to their callers. */
    FieldMetrics<?> metrics() {
      return withNulls(values.get());
    }

    private <V> FieldMetrics<V> withNulls(FieldMetrics<V> counted) {
      return new FieldMetrics<>(
          counted.id(), counted.valueCount() + nulls, nulls, counted.nanValueCount(), counted.lowerBound(),
          counted.upperBound());
    }
  }

  /** A leaf of floats whose values are counted. */
  record Counted(ValueWriter leaf, Counter counter) implements ValueWriter {
    @Override
    public void write(long address, int repetition, int definition) {
      counter.add.accept(address);
      leaf.write(address, repetition, definition);
    }

    @Override
    public void writeNull(int repetition, int definition) {
      counter.nulls++;
      leaf.writeNull(repetition, definition);
    }
  }
}
