package tamarack.iceberg.filter;

/**
 * What is known about a column's values in a file or a row group.
 *
 * @param lower no value is less; null when not known
 * @param upper no value, NaN excepted, is greater; null when not known
 * @param mayBeNaN whether there may be NaN, which PostgreSQL sorts above all
 */
record ColumnRange(
    Constant.Domain domain, Object lower, Object upper, boolean mayBeNull, boolean mayBeValue, boolean mayBeNaN) {

  /** Nothing is known. */
  static ColumnRange unknown() {
    return new ColumnRange(Constant.Domain.NONE, null, null, true, true, true);
  }

  /** Only nulls. */
  static ColumnRange onlyNulls() {
    return new ColumnRange(Constant.Domain.NONE, null, null, true, false, false);
  }
}
