package tamarack.iceberg.parquet;

import org.apache.iceberg.MetricsConfig;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * How data files are written.
 *
 * @param zstdLevel for zstd only
 * @param rowGroupBytes after how many buffered bytes a row group ends; an open writer holds about that much
 * @param targetFileBytes after how many bytes a file ends
 */
public record WriteOptions(
    CompressionCodecName codec, int zstdLevel, long rowGroupBytes, long targetFileBytes, int pageBytes,
    int dictionaryBytes, MetricsConfig metrics) {
  public static final int DEFAULT_ZSTD_LEVEL = 3;
  public static final long DEFAULT_ROW_GROUP_BYTES = 32L << 20;
  public static final long DEFAULT_TARGET_FILE_BYTES = 512L << 20;

  public static WriteOptions defaults() {
    return new WriteOptions(
        CompressionCodecName.ZSTD, DEFAULT_ZSTD_LEVEL, DEFAULT_ROW_GROUP_BYTES, DEFAULT_TARGET_FILE_BYTES, 1 << 20,
        2 << 20, MetricsConfig.getDefault());
  }

  /** The same with smaller row groups, when these are. */
  public WriteOptions withRowGroupBytes(long bytes) {
    return new WriteOptions(
        codec, zstdLevel, Math.min(rowGroupBytes, bytes), targetFileBytes, pageBytes, dictionaryBytes, metrics);
  }
}
