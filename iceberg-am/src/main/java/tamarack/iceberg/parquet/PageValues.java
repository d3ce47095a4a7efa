package tamarack.iceberg.parquet;

/** The values of one page, without its nulls, in order. */
interface PageValues {
  /** Puts the next {@code count} values into slots of {@code width} bytes from {@code slot} on. */
  void read(int count, long slot, int width);

  /** Passes over the next {@code count} values. */
  void skip(int count);
}
