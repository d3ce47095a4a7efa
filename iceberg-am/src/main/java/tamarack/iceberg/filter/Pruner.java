package tamarack.iceberg.filter;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.function.IntFunction;

/** Decides whether a file or row group may hold a row for which a predicate is true. When in doubt, it may. */
final class Pruner {
  private final IntFunction<ColumnRange> ranges;

  /** @param ranges gives what is known of a field, never null */
  Pruner(IntFunction<ColumnRange> ranges) {
    this.ranges = ranges;
  }

  /** @param predicate without {@link Predicate.Not} */
  boolean mayMatch(Predicate predicate) {
    return switch (predicate) {
      case Predicate.And and -> and.parts().stream().allMatch(this::mayMatch);
      case Predicate.Or or -> or.parts().stream().anyMatch(this::mayMatch);
      case Predicate.Not not -> mayMatch(not.withoutNot());
      case Predicate.Unknown unknown -> true;
      case Predicate.Null test -> mayBeNull(test);
      case Predicate.Comparison test -> mayCompare(ranges.apply(test.fieldId()), test.operator(), test.constant());
      case Predicate.In in -> mayBeIn(ranges.apply(in.fieldId()), in);
      case Predicate.Prefix prefix -> mayBegin(ranges.apply(prefix.fieldId()), prefix.constant());
    };
  }

  private boolean mayBeNull(Predicate.Null test) {
    ColumnRange range = ranges.apply(test.fieldId());
    return test.isNull() ? range.mayBeNull() : range.mayBeValue();
  }

  private static boolean mayBeIn(ColumnRange range, Predicate.In in) {
    if (!in.isIn()) {
      // One null among the constants, and NOT IN is never true.
      return range.mayBeValue() && in.constants().stream().noneMatch(Constant::isNull)
          && in.constants().stream().allMatch(each -> mayCompare(range, Predicate.Operator.NOT_EQUAL, each));
    }
    return in.constants().stream().anyMatch(each -> mayCompare(range, Predicate.Operator.EQUAL, each));
  }

  private static boolean mayCompare(ColumnRange range, Predicate.Operator operator, Constant constant) {
    if (constant.isNull() || !range.mayBeValue()) {
      return false;
    }
    boolean isEquality = operator == Predicate.Operator.EQUAL || operator == Predicate.Operator.NOT_EQUAL;
    boolean comparable = constant.isComparable()
        && constant.domain() == range.domain()
        && (isEquality ? constant.equalBytes() : constant.byteOrder());
    if (!comparable) {
      return true;
    }
    Object value = constant.value();
    boolean isNaN = value instanceof Double number && number.isNaN();
    return switch (operator) {
      case EQUAL -> isNaN ? range.mayBeNaN() : notAbove(range.lower(), value) && notBelow(range.upper(), value);
      case NOT_EQUAL -> range.mayBeNaN() || !isOnly(range, value);
      case LESS -> isNaN || lessThan(range.lower(), value, false);
      case LESS_OR_EQUAL -> isNaN || lessThan(range.lower(), value, true);
      case GREATER -> !isNaN && (range.mayBeNaN() || greaterThan(range.upper(), value, false));
      case GREATER_OR_EQUAL -> range.mayBeNaN() || !isNaN && greaterThan(range.upper(), value, true);
    };
  }

  private static boolean notAbove(Object lower, Object value) {
    return lower == null || compare(lower, value) <= 0;
  }

  private static boolean notBelow(Object upper, Object value) {
    return upper == null || compare(upper, value) >= 0;
  }

  private static boolean lessThan(Object lower, Object value, boolean orEqual) {
    return lower == null || compare(lower, value) < (orEqual ? 1 : 0);
  }

  private static boolean greaterThan(Object upper, Object value, boolean orEqual) {
    return upper == null || compare(upper, value) > (orEqual ? -1 : 0);
  }

  /** Whether every value is this one: not to be said of strings, whose bounds may be cut. */
  private static boolean isOnly(ColumnRange range, Object value) {
    return range.lower() != null && range.upper() != null && !(value instanceof byte[])
        && compare(range.lower(), value) == 0 && compare(range.upper(), value) == 0;
  }

  private static boolean mayBegin(ColumnRange range, Constant constant) {
    if (constant.isNull() || !range.mayBeValue()) {
      return false;
    }
    // LIKE compares bytes under every deterministic collation, and the bounds are in the order of bytes.
    boolean comparable = constant.domain() == Constant.Domain.STRING && range.domain() == Constant.Domain.STRING
        && constant.equalBytes();
    if (!comparable) {
      return true;
    }
    byte[] prefix = (byte[]) constant.value();
    byte[] lower = (byte[]) range.lower();
    byte[] upper = (byte[]) range.upper();
    boolean belowLower = lower != null && Arrays.compareUnsigned(prefix, cut(lower, prefix.length)) < 0;
    boolean aboveUpper = upper != null && Arrays.compareUnsigned(prefix, upper) > 0;
    return !belowLower && !aboveUpper;
  }

  private static byte[] cut(byte[] bytes, int length) {
    return bytes.length > length ? Arrays.copyOf(bytes, length) : bytes;
  }

  private static int compare(Object left, Object right) {
    return switch (left) {
      case Long number -> number.compareTo((Long) right);
      // Not Double.compare, for which 0 and -0 differ.
      case Double number -> number < (Double) right ? -1 : number > (Double) right ? 1 : 0;
      case BigDecimal number -> number.compareTo((BigDecimal) right);
      case byte[] bytes -> Integer.signum(Arrays.compareUnsigned(bytes, (byte[]) right));
      default -> throw new IllegalArgumentException("no bound: " + left.getClass());
    };
  }
}
