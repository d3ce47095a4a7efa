package tamarack.iceberg.publish;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;

/**
 * Which snapshots go: those older than {@code history.expire.max-snapshot-age-ms}, and of the others all but the newest
 * {@code tamarack.history.max-snapshots}, for small publications can make very many within that age. The newest
 * {@code history.expire.min-snapshots-to-keep} stay in any case, and what a branch or tag names.
 */
final class Expiry {
  static final String MAX_SNAPSHOTS = "tamarack.history.max-snapshots";
  static final int DEFAULT_MAX_SNAPSHOTS = 50;

  private Expiry() {}

  /** The metadata without expired snapshots; the same when there are none. */
  static TableMetadata trim(TableMetadata metadata, long now) {
    Set<Long> expired = expired(metadata, now);
    if (expired.isEmpty()) {
      return metadata;
    }
    // The log's new entry was made when the snapshot was added: no further one for this step.
    return TableMetadata.buildFrom(metadata)
        .discardChanges()
        .withMetadataLocation(null)
        .removeSnapshots(expired)
        .build();
  }

  private static Set<Long> expired(TableMetadata metadata, long now) {
    long maxAge = metadata.propertyAsLong(
        TableProperties.MAX_SNAPSHOT_AGE_MS, TableProperties.MAX_SNAPSHOT_AGE_MS_DEFAULT);
    int minKept = metadata.propertyAsInt(
        TableProperties.MIN_SNAPSHOTS_TO_KEEP, TableProperties.MIN_SNAPSHOTS_TO_KEEP_DEFAULT);
    int most = Math.max(minKept, metadata.propertyAsInt(MAX_SNAPSHOTS, DEFAULT_MAX_SNAPSHOTS));
    List<Snapshot> newestFirst = new ArrayList<>(metadata.snapshots());
    newestFirst.sort(Comparator.comparingLong(Snapshot::sequenceNumber)
        .thenComparingLong(Snapshot::timestampMillis).reversed());
    Set<Long> named = new HashSet<>();
    metadata.refs().values().stream().map(SnapshotRef::snapshotId).forEach(named::add);
    Set<Long> expired = new HashSet<>();
    // In lumps: finding out which files nobody needs any more reads many manifests.
    boolean tooMany = newestFirst.size() >= most + most / 2 + 1;
    for (int i = Math.max(1, minKept); i < newestFirst.size(); i++) {
      Snapshot each = newestFirst.get(i);
      boolean old = each.timestampMillis() < now - maxAge;
      if ((old || tooMany && i >= most) && !named.contains(each.snapshotId())) {
        expired.add(each.snapshotId());
      }
    }
    return expired;
  }
}
