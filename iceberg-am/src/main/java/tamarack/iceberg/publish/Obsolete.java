package tamarack.iceberg.publish;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import tamarack.iceberg.io.LocalFileIO;

/** Finds the files that old metadata reached and new metadata does not. */
final class Obsolete {
  private final LocalFileIO io;
  private final TableMetadata before;
  private final TableMetadata after;

  /** @param before may be null */
  Obsolete(LocalFileIO io, TableMetadata before, TableMetadata after) {
    this.io = io;
    this.before = before;
    this.after = after;
  }

  /** Their paths relative to the table's root. */
  List<String> paths() {
    Set<String> paths = new LinkedHashSet<>();
    if (before != null) {
      metadataFiles(paths);
      List<Snapshot> gone = before.snapshots().stream()
          .filter(snapshot -> after.snapshot(snapshot.snapshotId()) == null)
          .toList();
      if (!gone.isEmpty()) {
        snapshotFiles(gone, paths);
      }
    }
    return paths.stream().map(io::relative).toList();
  }

  private void metadataFiles(Set<String> paths) {
    paths.add(before.metadataFileLocation());
    before.previousFiles().forEach(entry -> paths.add(entry.file()));
    after.previousFiles().forEach(entry -> paths.remove(entry.file()));
  }

  private void snapshotFiles(List<Snapshot> gone, Set<String> paths) {
    Map<String, ManifestFile> unreached = manifests(gone);
    Map<String, ManifestFile> reached = manifests(after.snapshots());
    unreached.keySet().removeAll(reached.keySet());
    Set<String> files = new LinkedHashSet<>();
    unreached.values().forEach(manifest -> read(manifest, before.specsById(), files::add));
    if (!files.isEmpty()) {
      reached.values().forEach(manifest -> read(manifest, after.specsById(), files::remove));
    }
    gone.forEach(snapshot -> paths.add(snapshot.manifestListLocation()));
    paths.addAll(unreached.keySet());
    paths.addAll(files);
  }

  private Map<String, ManifestFile> manifests(List<Snapshot> snapshots) {
    Map<String, ManifestFile> manifests = new HashMap<>();
    for (Snapshot snapshot : snapshots) {
      snapshot.allManifests(io).forEach(manifest -> manifests.put(manifest.path(), manifest));
    }
    return manifests;
  }

  /** The files that a manifest holds as existing or added. */
  private void read(ManifestFile manifest, Map<Integer, PartitionSpec> specs, Consumer<String> paths) {
    ManifestCache.files(manifest, io, specs).forEach(file -> paths.accept(file.location()));
  }
}
