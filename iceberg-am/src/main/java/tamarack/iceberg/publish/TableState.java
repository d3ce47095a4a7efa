package tamarack.iceberg.publish;

import java.util.List;
import java.util.Map;
import tamarack.iceberg.type.TableColumn;

/**
 * A state that PostgreSQL committed.
 *
 * @param uuid the table's identity, for all its life
 * @param publishedRoot where other engines find the table, without a slash at the end
 * @param localRoot where it lies here
 * @param lastColumnId the highest field id ever given
 * @param partitioning the option's text, or null
 * @param properties what the metadata's properties are to be, without {@code format-version}
 * @param previous relative path of the metadata file published last, or null
 * @param timestamp milliseconds since 1970 of the commit
 */
public record TableState(
    String uuid, String publishedRoot, String localRoot, int formatVersion, List<TableColumn> columns, int lastColumnId,
    String partitioning, Map<String, String> properties, List<LiveFile> files, String previous, long timestamp) {}
