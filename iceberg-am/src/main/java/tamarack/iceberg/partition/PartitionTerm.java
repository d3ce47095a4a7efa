package tamarack.iceberg.partition;

/**
 * One term of the option {@code partitioning}.
 *
 * @param width the number of {@code bucket} and {@code truncate} as it was written, otherwise null
 */
record PartitionTerm(String transform, String width, String column) {
  static final String IDENTITY = "identity";

  PartitionTerm withColumn(String other) {
    return new PartitionTerm(transform, width, other);
  }

  /** The term as {@link PartitioningParser} reads it. */
  String text() {
    if (transform.equals(IDENTITY)) {
      return quoted(column);
    }
    return transform + "(" + (width == null ? "" : width + ", ") + quoted(column) + ")";
  }

  private static String quoted(String name) {
    return name.matches("[a-z_][a-z0-9_$]*") ? name : "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
