package tamarack.iceberg.publish;

import java.util.List;

/**
 * What a publication wrote; all paths are relative to the table's root.
 *
 * @param metadata the metadata file to point at
 * @param snapshotId the current snapshot, -1 for none yet
 * @param created files it wrote, to be logged and made durable before the pointer moves
 * @param obsolete files that no snapshot of the new metadata reaches: they may go once the pointer has moved and nobody
 *     reads by the old one. Data files among them are those of expired snapshots.
 */
public record PublishedState(String metadata, long snapshotId, List<String> created, List<String> obsolete) {}
