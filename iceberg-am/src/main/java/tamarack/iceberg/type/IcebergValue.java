package tamarack.iceberg.type;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;
import tamarack.tuple.Memory;

/** Single plain values in the form of Iceberg's own library, for partitioning and for bounds. */
public final class IcebergValue {
  private static final int INT_PRECISION = 9;
  private static final int LONG_PRECISION = 18;

  private IcebergValue() {}

  /** The value at an address: that of its bytes, for a varlena that of its header. */
  public static Object read(long address, ValueKind kind, Type type) {
    return switch (kind) {
      case BOOLEAN -> Memory.getByte(address) != 0;
      case SMALLINT -> integer(Memory.getShort(address), type);
      case INTEGER -> integer(Memory.getInt(address), type);
      case OID -> Integer.toUnsignedLong(Memory.getInt(address));
      case BIGINT, TIME -> Memory.getLong(address);
      case DATE -> Timestamps.dateToIceberg(Memory.getInt(address));
      case TIMESTAMP, TIMESTAMPTZ -> Timestamps.toIceberg(Memory.getLong(address));
      case REAL -> real(Float.intBitsToFloat(Memory.getInt(address)), type);
      case DOUBLE -> Double.longBitsToDouble(Memory.getLong(address));
      case NUMERIC -> decimal(address, (Types.DecimalType) type);
      case UUID -> uuid(address);
      case STRING, TEXT_FORM -> new String(Varlena.bytes(address), StandardCharsets.UTF_8);
      case BYTES, BINARY_FORM -> ByteBuffer.wrap(Varlena.bytes(address));
      case ARRAY, COMPOSITE -> throw new IllegalArgumentException("not a plain value: " + kind);
    };
  }

  private static Object integer(int value, Type type) {
    if (type.typeId() == Type.TypeID.LONG) {
      return (long) value;
    }
    return value;
  }

  private static Object real(float value, Type type) {
    if (type.typeId() == Type.TypeID.DOUBLE) {
      return (double) value;
    }
    return value;
  }

  private static UUID uuid(long address) {
    byte[] bytes = new byte[16];
    Memory.get(address, bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new UUID(buffer.getLong(), buffer.getLong());
  }

  private static BigDecimal decimal(long address, Types.DecimalType type) {
    BigInteger unscaled = NumericCodec.isNan(address)
        ? nan(type)
        : new NumericCodec(type.precision(), type.scale()).toBigInteger(address);
    return new BigDecimal(unscaled, type.scale());
  }

  /** The unscaled number that stands for NaN in a decimal of this type. */
  public static BigInteger nan(Types.DecimalType type) {
    int bytes = type.precision() <= INT_PRECISION
        ? Integer.BYTES
        : type.precision() <= LONG_PRECISION ? Long.BYTES : TypeUtil.decimalRequiredBytes(type.precision());
    return BigInteger.ONE.shiftLeft(bytes * Byte.SIZE - 1).negate();
  }
}
