package tamarack.iceberg.parquet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.iceberg.Metrics;

/**
 * One data file that is complete.
 *
 * @param firstRow smallest row number in it
 * @param lastRow largest row number in it
 * @param isContiguous whether row numbers follow each other without a gap in the order of the file
 * @param splitOffsets where its row groups start
 */
public record WrittenFile(
    String path, long bytes, Metrics metrics, long firstRow, long lastRow, boolean isContiguous,
    List<Long> splitOffsets) {

  public long rows() {
    return metrics.recordCount();
  }

  /** Removes the file, of a load that failed. */
  public void remove() {
    try {
      Files.deleteIfExists(Path.of(path));
    } catch (IOException e) {
      throw ParquetFailure.writing(path, e);
    }
  }
}
