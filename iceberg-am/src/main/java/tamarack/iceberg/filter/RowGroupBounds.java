package tamarack.iceberg.filter;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.iceberg.types.Types;
import org.apache.parquet.io.api.Binary;
import tamarack.iceberg.type.TableColumn;

/** Bounds in a Parquet footer in the form of Iceberg's library. */
final class RowGroupBounds {
  private RowGroupBounds() {}

  static Object value(TableColumn column, Object bound) {
    if (column.icebergType() instanceof Types.DecimalType decimal) {
      return new BigDecimal(unscaled(bound), decimal.scale());
    }
    return bound instanceof Binary binary ? binary.getBytes() : bound;
  }

  private static BigInteger unscaled(Object bound) {
    return bound instanceof Binary binary
        ? new BigInteger(binary.getBytes())
        : BigInteger.valueOf(((Number) bound).longValue());
  }
}
