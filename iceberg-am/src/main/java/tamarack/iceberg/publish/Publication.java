package tamarack.iceberg.publish;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.PendingUpdate;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotParser;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.delete.DeleteFiles;
import tamarack.iceberg.io.LocalFileIO;

/**
 * Publishes one state of a table: writes the difference to what was published last as one snapshot, with manifests and
 * one metadata file. Nothing is visible to others until PostgreSQL's pointer moves; a failure removes what was written.
 */
public final class Publication {
  private final TableState state;
  private final LocalFileIO io;
  private final TableMetadata base;
  private final MetadataOperations operations;
  private final Map<String, DataFile> publishedData = new HashMap<>();
  private final Map<String, List<DeleteFile>> publishedDeletes = new HashMap<>();
  private PartitionSpec spec;

  private Publication(TableState state) {
    this.state = state;
    this.io = new LocalFileIO(state.publishedRoot(), state.localRoot());
    this.base = state.previous() == null ? null : MetadataFiles.read(io, state.previous());
    this.operations = new MetadataOperations(io, base);
  }

  /** Publishes; when nothing has changed, it writes nothing and answers with the previous metadata file. */
  public static PublishedState publish(TableState state) {
    Publication publication = new Publication(state);
    try {
      return publication.run();
    } catch (RuntimeException e) {
      publication.io.removeCreated();
      throw MetadataFiles.failure(state, e);
    }
  }

  private PublishedState run() {
    refuseDeletesInVersion1();
    TableMetadata changed = MetadataChanges.apply(state, base);
    operations.set(changed);
    spec = changed.spec();
    readPublished();
    Snapshot snapshot = snapshot();
    if (snapshot == null && changed == base) {
      return new PublishedState(state.previous(), currentSnapshot(base), List.of(), List.of());
    }
    TableMetadata published = snapshot == null ? changed : withSnapshot(changed, snapshot);
    TableMetadata trimmed = Expiry.trim(published, state.timestamp());
    String location = MetadataFiles.write(io, operations, trimmed, state.previous());
    List<String> obsolete = new Obsolete(io, base, trimmed).paths();
    List<String> created = io.created().stream().map(io::relative).sorted().toList();
    return new PublishedState(location, currentSnapshot(trimmed), created, obsolete);
  }

  private void refuseDeletesInVersion1() {
    if (state.formatVersion() == 1 && state.files().stream().anyMatch(file -> file.deleted().length > 0)) {
      throw new TamarackException(
          SqlState.FEATURE_NOT_SUPPORTED, "an iceberg table of format version 1 cannot have deleted rows", null,
          "Upgrade it: ALTER TABLE ... SET (\"format-version\" = 2).", null);
    }
  }

  private static TableMetadata withSnapshot(TableMetadata metadata, Snapshot snapshot) {
    long timestamp = snapshot.timestampMillis();
    if (timestamp <= System.currentTimeMillis()) {
      return TableMetadata.buildFrom(metadata).setBranchSnapshot(snapshot, SnapshotRef.MAIN_BRANCH).build();
    }
    // The clock is behind what was published: core would stamp the metadata with it and refuse the result.
    String json = TableMetadataParser.toJson(metadata)
        .replaceFirst("\"last-updated-ms\"\\s*:\\s*\\d+", "\"last-updated-ms\":" + timestamp);
    return TableMetadata.buildFrom(TableMetadataParser.fromJson(json))
        .discardChanges()
        .withMetadataLocation(null)
        .setPreviousFileLocation(metadata.metadataFileLocation())
        .setBranchSnapshot(snapshot, SnapshotRef.MAIN_BRANCH)
        .build();
  }

  private static long currentSnapshot(TableMetadata metadata) {
    return metadata.currentSnapshot() == null ? -1 : metadata.currentSnapshot().snapshotId();
  }

  /** Collects the files of the last published snapshot by their published path. */
  private void readPublished() {
    Snapshot last = operations.current().currentSnapshot();
    if (last == null) {
      return;
    }
    for (ManifestFile manifest : last.allManifests(io)) {
      for (ContentFile<?> file : ManifestCache.files(manifest, io, operations.current().specsById())) {
        if (file instanceof DeleteFile delete) {
          publishedDeletes.computeIfAbsent(referenced(delete), key -> new ArrayList<>()).add(delete);
        } else {
          publishedData.put(file.location(), (DataFile) file);
        }
      }
    }
  }

  /** The data file that a delete file is for; deletes that are for many files came with a table taken over. */
  private static String referenced(DeleteFile file) {
    return file.referencedDataFile() == null ? "" : file.referencedDataFile();
  }

  private Snapshot snapshot() {
    Difference difference = difference();
    if (difference.isEmpty()) {
      return null;
    }
    Snapshot snapshot = update(difference).apply();
    return at(snapshot, Math.max(state.timestamp(), operations.current().lastUpdatedMillis()));
  }

  /** Core stamps a snapshot with the clock, which may have gone back: here the commit's time counts. */
  private Snapshot at(Snapshot snapshot, long timestamp) {
    String json = SnapshotParser.toJson(snapshot);
    String stamped = json.replaceFirst("\"timestamp-ms\"\\s*:\\s*\\d+", "\"timestamp-ms\":" + timestamp);
    return SnapshotParser.fromJson(stamped);
  }

  /** What has to change in Iceberg's files. */
  private record Difference(
      List<DataFile> added, List<DataFile> removed, List<DeleteFile> addedDeletes, List<DeleteFile> removedDeletes) {
    boolean isEmpty() {
      return added.isEmpty() && removed.isEmpty() && addedDeletes.isEmpty() && removedDeletes.isEmpty();
    }
  }

  private Difference difference() {
    Difference difference =
        new Difference(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    Map<String, LiveFile> live = new LinkedHashMap<>();
    state.files().forEach(file -> live.put(io.published(file.path()), file));
    live.forEach((path, file) -> {
      DataFile data = publishedData.get(path);
      if (data == null) {
        data = dataFile(file);
        difference.added.add(data);
      }
      compareDeletes(file, data, difference);
    });
    Set<String> gone = new HashSet<>(publishedData.keySet());
    gone.removeAll(live.keySet());
    for (String path : gone) {
      difference.removed.add(publishedData.get(path));
      difference.removedDeletes.addAll(publishedDeletes.getOrDefault(path, List.of()));
    }
    return difference;
  }

  private void compareDeletes(LiveFile file, DataFile data, Difference difference) {
    List<DeleteFile> before = publishedDeletes.getOrDefault(data.location(), List.of());
    if (file.deleted().length == 0) {
      difference.removedDeletes.addAll(before);
      return;
    }
    String name = io.published(DeleteFiles.name(file.path(), file.deleted()));
    if (before.size() == 1 && DeleteFiles.hasName(before.getFirst().location(), name)) {
      return;
    }
    difference.removedDeletes.addAll(before);
    PartitionSpec ofFile = operations.current().specsById().get(data.specId());
    difference.addedDeletes.add(
        DeleteFiles.write(state.formatVersion(), io, io::local, name, data, ofFile, file.deleted()));
  }

  private DataFile dataFile(LiveFile file) {
    FileStatistics statistics = FileStatistics.decode(file.statistics());
    PartitionSpec ofFile = operations.current().specsById().getOrDefault(statistics.specId(), spec);
    DataFiles.Builder builder = DataFiles.builder(ofFile)
        .withPath(io.published(file.path()))
        .withFormat(FileFormat.PARQUET)
        .withFileSizeInBytes(file.bytes())
        .withMetrics(statistics.metrics())
        .withSplitOffsets(statistics.splitOffsets());
    if (!ofFile.isUnpartitioned()) {
      PartitionData partition = new PartitionData(ofFile.partitionType());
      List<Object> values = statistics.partitionValues(ofFile);
      for (int i = 0; i < values.size(); i++) {
        partition.set(i, values.get(i));
      }
      builder.withPartition(partition);
    }
    return builder.build();
  }

  private PendingUpdate<Snapshot> update(Difference difference) {
    BaseTable table = new BaseTable(operations, "published");
    boolean onlyAdds =
        difference.removed.isEmpty() && difference.addedDeletes.isEmpty() && difference.removedDeletes.isEmpty();
    if (onlyAdds) {
      AppendFiles append = table.newAppend().scanManifestsWith(CallerExecutor.INSTANCE)
          .writeManifestsWith(CallerExecutor.INSTANCE, 1);
      difference.added.forEach(append::appendFile);
      return append;
    }
    if (state.formatVersion() == 1) {
      OverwriteFiles overwrite = table.newOverwrite().scanManifestsWith(CallerExecutor.INSTANCE)
          .writeManifestsWith(CallerExecutor.INSTANCE, 1);
      difference.removed.forEach(overwrite::deleteFile);
      difference.added.forEach(overwrite::addFile);
      return overwrite;
    }
    RowDelta delta = table.newRowDelta().scanManifestsWith(CallerExecutor.INSTANCE)
        .writeManifestsWith(CallerExecutor.INSTANCE, 1);
    if (table.currentSnapshot() != null) {
      // All earlier deletion vectors are known here: none of them is a concurrent one.
      delta.validateFromSnapshot(table.currentSnapshot().snapshotId());
    }
    difference.added.forEach(delta::addRows);
    difference.removed.forEach(delta::removeRows);
    difference.addedDeletes.forEach(delta::addDeletes);
    difference.removedDeletes.forEach(delta::removeDeletes);
    return delta;
  }
}
