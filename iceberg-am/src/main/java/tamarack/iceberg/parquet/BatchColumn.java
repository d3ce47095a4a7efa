package tamarack.iceberg.parquet;

/** Fills one column of batches from one row group. */
interface BatchColumn {
  /** Moves to a row of the row group, never back. */
  void seek(long row);

  /**
   * Decodes the next {@code count} rows.
   *
   * @param nulls one byte for each row
   * @param slots the batch's values
   * @return how many are null
   */
  int read(int count, long nulls, long slots);
}
