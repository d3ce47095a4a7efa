package org.apache.parquet;

import java.util.Map;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.format.converter.ParquetMetadataConverter;

/**
 * Read options without Hadoop. Their builder reaches for Hadoop's codecs even when it is given others, and the
 * constructor that does not is package-private: hence this class in Parquet's package.
 */
public final class HadoopFreeReadOptions {
  private static final int MAX_ALLOCATION = 8 * 1024 * 1024;

  private HadoopFreeReadOptions() {}

  /** Options that filter nothing by themselves and verify the checksums of pages. */
  public static ParquetReadOptions with(CompressionCodecFactory codecs) {
    return new ParquetReadOptions(
        false, false, false, false, false, true, false, false, false, FilterCompat.NOOP,
        ParquetMetadataConverter.NO_FILTER, codecs, HeapByteBufferAllocator.getInstance(), MAX_ALLOCATION, Map.of(),
        null, null, new PlainParquetConfiguration());
  }
}
