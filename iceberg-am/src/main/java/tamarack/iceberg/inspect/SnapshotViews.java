package tamarack.iceberg.inspect;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.util.SnapshotUtil;

/** Views of what the metadata file alone tells. */
final class SnapshotViews {
  private SnapshotViews() {}

  /** committed_at, snapshot_id, parent_id, operation, manifest_list, summary. */
  static List<List<String>> snapshots(TableMetadata metadata) {
    List<List<String>> rows = new ArrayList<>();
    for (Snapshot snapshot : metadata.snapshots()) {
      rows.add(Arrays.asList(
          time(snapshot.timestampMillis()), text(snapshot.snapshotId()), text(snapshot.parentId()),
          snapshot.operation(), snapshot.manifestListLocation(), Json.object(snapshot.summary())));
    }
    return rows;
  }

  /** made_current_at, snapshot_id, parent_id, is_current_ancestor. */
  static List<List<String>> history(TableMetadata metadata) {
    Set<Long> ancestors = new HashSet<>();
    if (metadata.currentSnapshot() != null) {
      SnapshotUtil.ancestorIdsBetween(metadata.currentSnapshot().snapshotId(), null, metadata::snapshot)
          .forEach(ancestors::add);
    }
    List<List<String>> rows = new ArrayList<>();
    for (HistoryEntry entry : metadata.snapshotLog()) {
      Snapshot snapshot = metadata.snapshot(entry.snapshotId());
      rows.add(Arrays.asList(
          time(entry.timestampMillis()), text(entry.snapshotId()), snapshot == null ? null : text(snapshot.parentId()),
          String.valueOf(ancestors.contains(entry.snapshotId()))));
    }
    return rows;
  }

  /** name, type, snapshot_id, max_reference_age_in_ms, min_snapshots_to_keep, max_snapshot_age_in_ms. */
  static List<List<String>> refs(TableMetadata metadata) {
    List<List<String>> rows = new ArrayList<>();
    new TreeMap<>(metadata.refs()).forEach((name, ref) -> rows.add(row(name, ref)));
    return rows;
  }

  private static List<String> row(String name, SnapshotRef ref) {
    return Arrays.asList(
        name, ref.isBranch() ? "BRANCH" : "TAG", text(ref.snapshotId()), text(ref.maxRefAgeMs()),
        text(ref.minSnapshotsToKeep()), text(ref.maxSnapshotAgeMs()));
  }

  /** key, value. */
  static List<List<String>> properties(TableMetadata metadata) {
    List<List<String>> rows = new ArrayList<>();
    new TreeMap<>(metadata.properties()).forEach((key, value) -> rows.add(List.of(key, value)));
    return rows;
  }

  private static String time(long milliseconds) {
    return Instant.ofEpochMilli(milliseconds).toString();
  }

  private static String text(Number number) {
    return number == null ? null : number.toString();
  }
}
