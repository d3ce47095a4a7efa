package tamarack.iceberg.inspect;

import java.util.List;
import java.util.Map;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.NotFoundException;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.io.LocalFileIO;
import tamarack.iceberg.publish.MetadataFiles;

/**
 * What the inspection functions show of a published table. A row is a list of texts (or nulls) in the order of the SQL
 * function's columns; PostgreSQL's input functions turn them into values. Names follow Iceberg's metadata tables.
 */
public final class Inspection {
  /** One inspection function. */
  private interface View {
    List<List<String>> rows(TableMetadata metadata, LocalFileIO io);
  }

  private static final Map<String, View> VIEWS = Map.of(
      "snapshots", (metadata, io) -> SnapshotViews.snapshots(metadata),
      "history", (metadata, io) -> SnapshotViews.history(metadata),
      "refs", (metadata, io) -> SnapshotViews.refs(metadata),
      "properties", (metadata, io) -> SnapshotViews.properties(metadata),
      "manifests", FileViews::manifests,
      "files", FileViews::files,
      "partitions", FileViews::partitions);

  private Inspection() {}

  /** Rows of a view, one of those above. */
  public static List<List<String>> rows(String view, String publishedRoot, String localRoot, String metadata) {
    LocalFileIO io = new LocalFileIO(publishedRoot, localRoot);
    TableMetadata read = MetadataFiles.read(io, metadata);
    try {
      return VIEWS.get(view).rows(read, io);
    } catch (NotFoundException e) {
      throw new TamarackException(
          SqlState.UNDEFINED_FILE, "a file of the Iceberg table in \"" + localRoot + "\" is missing", e.getMessage(),
          "Restore the file from a backup.", e);
    }
  }
}
