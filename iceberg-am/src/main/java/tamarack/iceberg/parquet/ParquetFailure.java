package tamarack.iceberg.parquet;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/** Failures of data files as PostgreSQL errors; each names the file. */
final class ParquetFailure {
  private ParquetFailure() {}

  /** A file could not be read: it is missing, or it is not what was written. */
  static TamarackException reading(String path, Exception cause) {
    if (cause instanceof TamarackException known) {
      return known;
    }
    if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
      return new TamarackException(
          SqlState.UNDEFINED_FILE, "data file \"" + path + "\" does not exist", null,
          "Restore the file from a backup.", cause);
    }
    return new TamarackException(
        SqlState.DATA_CORRUPTED, "could not read data file \"" + path + "\"", describe(cause),
        "The file is damaged or not a Parquet file. Restore it from a backup.", cause);
  }

  /** A file could not be written. */
  static TamarackException writing(String path, IOException cause) {
    String message = String.valueOf(cause.getMessage());
    boolean full = message.contains("No space left") || message.contains("Disk quota exceeded");
    return new TamarackException(
        full ? SqlState.DISK_FULL : SqlState.IO_ERROR, "could not write data file \"" + path + "\"", describe(cause),
        full ? "Free some space on the file system of the table." : null, cause);
  }

  private static String describe(Exception cause) {
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
