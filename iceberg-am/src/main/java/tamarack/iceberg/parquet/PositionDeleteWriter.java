package tamarack.iceberg.parquet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.Schema;
import org.apache.iceberg.parquet.ParquetSchemaUtil;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;

/** Writes a position delete file of format version 2: the path of one data file, and sorted positions in it. */
public final class PositionDeleteWriter {
  private static final Schema SCHEMA =
      new Schema(MetadataColumns.DELETE_FILE_PATH, MetadataColumns.DELETE_FILE_POS);

  /** A complete delete file. */
  public record Written(long bytes, Metrics metrics) {}

  private PositionDeleteWriter() {}

  /**
   * @param file where it is written; an empty file may stand there
   * @param dataFile the data file's path, byte for byte as in the manifests
   */
  public static Written write(String file, String dataFile, long[] positions) {
    MessageType message = ParquetSchemaUtil.convert(SCHEMA, "table");
    ParquetProperties properties = ParquetProperties.builder().build();
    var compressor = Codecs.INSTANCE.getCompressor(CompressionCodecName.ZSTD);
    try {
      Files.deleteIfExists(Path.of(file));
      ParquetFileWriter out = new ParquetFileWriter(
          new LocalOutput(file), message, ParquetFileWriter.Mode.CREATE, WriteOptions.DEFAULT_ROW_GROUP_BYTES, 0, 64,
          Integer.MAX_VALUE, true);
      out.start();
      try (ColumnChunkPageWriteStore pages =
          new ColumnChunkPageWriteStore(compressor, message, properties.getAllocator(), 64, true)) {
        ColumnWriteStore store = properties.newColumnWriteStore(message, pages);
        fill(store, message, dataFile, positions);
        out.startBlock(positions.length);
        store.flush();
        pages.flushToFileWriter(out);
        out.endBlock();
        store.close();
      }
      out.end(Map.of("delete-type", "position"));
      Metrics metrics =
          ParquetUtil.footerMetrics(out.getFooter(), Stream.empty(), MetricsConfig.forPositionDelete());
      return new Written(Files.size(Path.of(file)), metrics);
    } catch (IOException e) {
      throw ParquetFailure.writing(file, e);
    } finally {
      compressor.release();
    }
  }

  private static void fill(ColumnWriteStore store, MessageType message, String dataFile, long[] positions) {
    ColumnWriter paths = store.getColumnWriter(message.getColumns().get(0));
    ColumnWriter rows = store.getColumnWriter(message.getColumns().get(1));
    Binary path = Binary.fromString(dataFile);
    for (long position : positions) {
      paths.write(path, 0, 0);
      rows.write(position, 0, 0);
      store.endRecord();
    }
  }
}
