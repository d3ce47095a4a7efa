package tamarack.iceberg.filter;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.iceberg.types.Types;
import tamarack.iceberg.type.IcebergValue;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.Timestamps;

/** Turns bounds in the form of Iceberg's library into ranges, leaving out those whose order is not PostgreSQL's. */
final class Bounds {
  private Bounds() {}

  /** A column's range; bounds may be null. */
  static ColumnRange range(
      TableColumn column, Object lower, Object upper, boolean mayBeNull, boolean mayBeValue, boolean mayBeNaN) {
    Constant.Domain domain = Constant.Domain.of(column.kind());
    Object low = comparable(lower);
    Object high = comparable(upper);
    if (domain == Constant.Domain.NONE || !isOrdered(column, domain, low)) {
      low = null;
      high = null;
    }
    boolean nan = domain == Constant.Domain.FLOAT && mayBeNaN;
    return new ColumnRange(domain, notNaN(low), notNaN(high), mayBeNull, mayBeValue, nan);
  }

  private static Object notNaN(Object bound) {
    return bound instanceof Double number && number.isNaN() ? null : bound;
  }

  private static Object comparable(Object bound) {
    return switch (bound) {
      case null -> null;
      case Boolean truth -> truth ? 1L : 0L;
      case Integer number -> number.longValue();
      case Float number -> number.doubleValue();
      case CharSequence text -> text.toString().getBytes(StandardCharsets.UTF_8);
      case ByteBuffer buffer -> bytes(buffer);
      case Long number -> number;
      case Double number -> number;
      case BigDecimal number -> number;
      case byte[] bytes -> bytes;
      default -> null;
    };
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  /** Special values are kept below all others: the lower bound tells whether there are any. */
  private static boolean isOrdered(TableColumn column, Constant.Domain domain, Object lower) {
    return switch (domain) {
      case TIMESTAMP, TIMESTAMPTZ -> lower instanceof Long bound && Timestamps.provesOrder(bound);
      case DECIMAL -> lower instanceof BigDecimal bound && column.icebergType() instanceof Types.DecimalType type
          && bound.unscaledValue().abs().compareTo(java.math.BigInteger.TEN.pow(type.precision())) < 0
          && !bound.unscaledValue().equals(IcebergValue.nan(type));
      default -> true;
    };
  }
}
