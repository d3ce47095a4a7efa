package tamarack.iceberg.publish;

import java.io.UncheckedIOException;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.RuntimeIOException;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.io.LocalFileIO;

/** Reads and writes metadata files. */
public final class MetadataFiles {
  /** The newest format version that this code understands; core parses further ones. */
  static final int NEWEST_FORMAT = 3;

  private static final String CODEC = TableProperties.METADATA_COMPRESSION;

  /** Metadata that is written often compresses tenfold; every engine reads it. */
  private static final String DEFAULT_CODEC = "gzip";

  private MetadataFiles() {}

  /** Reads a metadata file, named relative to the table's root or as published. */
  public static TableMetadata read(LocalFileIO io, String path) {
    boolean isPublished = path.startsWith("/") || path.contains(":");
    String published = isPublished ? path : io.published(path);
    TableMetadata metadata;
    try {
      metadata = TableMetadataParser.read(io, published);
    } catch (NotFoundException e) {
      throw new TamarackException(
          SqlState.UNDEFINED_FILE, "Iceberg metadata file \"" + io.local(published) + "\" does not exist", null,
          "Restore the file from a backup.", e);
    } catch (RuntimeException e) {
      throw new TamarackException(
          SqlState.DATA_CORRUPTED, "could not read Iceberg metadata file \"" + io.local(published) + "\"",
          e.getMessage(), "The file is damaged, or it is of a newer format.", e);
    }
    if (metadata.formatVersion() > NEWEST_FORMAT) {
      throw new TamarackException(
          SqlState.FEATURE_NOT_SUPPORTED,
          "Iceberg metadata file \"" + io.local(published) + "\" has format version " + metadata.formatVersion(),
          "Versions up to " + NEWEST_FORMAT + " are supported.", null, null);
    }
    return metadata;
  }

  /** Writes the next metadata file; its path relative to the table's root. */
  static String write(LocalFileIO io, MetadataOperations operations, TableMetadata metadata, String previous) {
    String codec = metadata.property(CODEC, DEFAULT_CODEC);
    String extension = TableMetadataParser.getFileExtension(codec);
    String published = operations.metadataFileLocation(MetadataOperations.nextName(previous, extension));
    TableMetadataParser.write(metadata, io.newOutputFile(published));
    return io.relative(published);
  }

  /** A publication's failure as a PostgreSQL error. */
  static RuntimeException failure(TableState state, RuntimeException cause) {
    if (cause instanceof TamarackException) {
      return cause;
    }
    String message = String.valueOf(cause.getMessage());
    boolean full = message.contains("No space left") || message.contains("Disk quota exceeded");
    boolean input = cause instanceof UncheckedIOException || cause instanceof RuntimeIOException;
    return new TamarackException(
        full ? SqlState.DISK_FULL : input ? SqlState.IO_ERROR : SqlState.INTERNAL_ERROR,
        "could not publish the Iceberg table in \"" + state.localRoot() + "\"", message,
        full ? "Free some space on the file system of the table." : null, cause);
  }
}
