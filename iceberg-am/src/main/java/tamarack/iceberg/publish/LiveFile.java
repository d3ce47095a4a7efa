package tamarack.iceberg.publish;

/**
 * A data file of the state to publish.
 *
 * @param path relative to the table's root
 * @param statistics encoded {@link FileStatistics}
 * @param deleted sorted positions of its deleted rows
 */
public record LiveFile(String path, long bytes, byte[] statistics, long[] deleted) {}
