package tamarack.iceberg.filter;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import tamarack.iceberg.type.Timestamps;
import tamarack.iceberg.type.ValueKind;

/**
 * A constant of a filter, in a form that can be compared with bounds: Long, Double, BigDecimal or byte[].
 *
 * @param domain what it can be compared with
 * @param value null for SQL's null; when {@link #isComparable} is false its order against bounds is not known
 */
public record Constant(Domain domain, Object value, boolean isComparable, boolean equalBytes, boolean byteOrder) {
  private static final int NUMERIC_NEGATIVE = 0x4000;
  private static final int NUMERIC_SPECIAL = 0xc000;
  private static final int NUMERIC_SHORT = 0x8000;

  /** Values that one set of comparison operators is defined on. */
  enum Domain {
    BOOLEAN,
    INTEGER,
    OID,
    FLOAT,
    DECIMAL,
    DATE,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    STRING,
    BYTES,
    /** Nothing but null tests can be decided: uuid, and what is kept as text or binary in some other order. */
    NONE;

    static Domain of(ValueKind kind) {
      return switch (kind) {
        case BOOLEAN -> BOOLEAN;
        case SMALLINT, INTEGER, BIGINT -> INTEGER;
        case OID -> OID;
        case REAL, DOUBLE -> FLOAT;
        case NUMERIC -> DECIMAL;
        case DATE -> DATE;
        case TIME -> TIME;
        case TIMESTAMP -> TIMESTAMP;
        case TIMESTAMPTZ -> TIMESTAMPTZ;
        case STRING -> STRING;
        case BYTES -> BYTES;
        case UUID, TEXT_FORM, BINARY_FORM, ARRAY, COMPOSITE -> NONE;
      };
    }
  }

  boolean isNull() {
    return value == null && isComparable;
  }

  /** Reads a value in PostgreSQL's form, a varlena without its header; {@code bytes} may be null. */
  static Constant of(ValueKind kind, byte[] bytes, boolean equalBytes, boolean byteOrder) {
    Domain domain = Domain.of(kind);
    if (bytes == null) {
      return new Constant(domain, null, true, equalBytes, byteOrder);
    }
    Object value = value(kind, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    boolean byBytes = kind != ValueKind.STRING;
    return new Constant(domain, value, value != null, equalBytes || byBytes, byteOrder || byBytes);
  }

  /** Null for what has no place in the order of bounds. */
  private static Object value(ValueKind kind, ByteBuffer bytes) {
    return switch (kind) {
      case BOOLEAN -> bytes.get() != 0 ? 1L : 0L;
      case SMALLINT -> (long) bytes.getShort();
      case INTEGER -> (long) bytes.getInt();
      case OID -> Integer.toUnsignedLong(bytes.getInt());
      case BIGINT, TIME -> bytes.getLong();
      case DATE -> (long) Timestamps.dateToIceberg(bytes.getInt());
      case TIMESTAMP, TIMESTAMPTZ -> timestamp(bytes.getLong());
      case REAL -> (double) bytes.getFloat();
      case DOUBLE -> bytes.getDouble();
      case NUMERIC -> numeric(bytes);
      case STRING, BYTES -> bytes.array();
      case UUID, TEXT_FORM, BINARY_FORM, ARRAY, COMPOSITE -> null;
    };
  }

  private static Long timestamp(long postgres) {
    long iceberg = Timestamps.toIceberg(postgres);
    return Timestamps.isOrdered(iceberg) ? iceberg : null;
  }

  /** Any finite numeric; null for NaN and the infinities. */
  private static BigDecimal numeric(ByteBuffer bytes) {
    int header = bytes.getShort() & 0xffff;
    if ((header & NUMERIC_SPECIAL) == NUMERIC_SPECIAL) {
      return null;
    }
    boolean isShort = (header & NUMERIC_SHORT) != 0;
    int weight = isShort ? (header & 0x7f) << 25 >> 25 : bytes.getShort();
    boolean negative = isShort ? (header & 0x2000) != 0 : (header & NUMERIC_SPECIAL) == NUMERIC_NEGATIVE;
    BigInteger digits = BigInteger.ZERO;
    int count = 0;
    for (; bytes.remaining() >= Short.BYTES; count++) {
      digits = digits.multiply(BigInteger.valueOf(10_000)).add(BigInteger.valueOf(bytes.getShort()));
    }
    return new BigDecimal(negative ? digits.negate() : digits, 4 * (count - 1 - weight));
  }
}
