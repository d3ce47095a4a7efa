package tamarack.iceberg.filter;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.types.Conversions;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import tamarack.iceberg.parquet.RowGroupFilter;
import tamarack.iceberg.type.TableColumn;

/** Prunes data files by the statistics kept of them, and their row groups by those in their footers. */
public final class FilePruner implements RowGroupFilter {
  private final Predicate predicate;
  private final Map<Integer, TableColumn> columns = new HashMap<>();

  /** @param columns at least those that the predicate names */
  public FilePruner(Predicate predicate, List<TableColumn> columns) {
    this.predicate = predicate.withoutNot();
    columns.forEach(column -> this.columns.put(column.fieldId(), column));
  }

  /** Whether a file with these metrics may hold a row that passes. */
  public boolean mayMatch(Metrics metrics) {
    return new Pruner(fieldId -> range(fieldId, metrics)).mayMatch(predicate);
  }

  private ColumnRange range(int fieldId, Metrics metrics) {
    TableColumn column = columns.get(fieldId);
    if (column == null || !column.icebergType().isPrimitiveType()) {
      return ColumnRange.unknown();
    }
    Long values = count(metrics.valueCounts(), fieldId);
    Long nulls = count(metrics.nullValueCounts(), fieldId);
    Long nans = count(metrics.nanValueCounts(), fieldId);
    boolean mayBeValue = values == null || nulls == null || nulls < values;
    return Bounds.range(
        column, bound(column, metrics.lowerBounds()), bound(column, metrics.upperBounds()), nulls == null || nulls > 0,
        mayBeValue, nans == null || nans > 0);
  }

  private static Long count(Map<Integer, Long> counts, int fieldId) {
    return counts == null ? null : counts.get(fieldId);
  }

  private static Object bound(TableColumn column, Map<Integer, ByteBuffer> bounds) {
    ByteBuffer bound = bounds == null ? null : bounds.get(column.fieldId());
    return bound == null ? null : Conversions.fromByteBuffer(column.icebergType(), bound.duplicate());
  }

  @Override
  public boolean mayMatch(BlockMetaData group, MessageType schema) {
    return new Pruner(fieldId -> range(fieldId, group, schema)).mayMatch(predicate);
  }

  private ColumnRange range(int fieldId, BlockMetaData group, MessageType schema) {
    TableColumn column = columns.get(fieldId);
    if (column == null || !column.icebergType().isPrimitiveType()) {
      return ColumnRange.unknown();
    }
    Type field = schema.getFields().stream()
        .filter(each -> each.getId() != null && each.getId().intValue() == fieldId)
        .findFirst().orElse(null);
    if (field == null) {
      return column.initialDefault() == null ? ColumnRange.onlyNulls() : ColumnRange.unknown();
    }
    for (ColumnChunkMetaData chunk : group.getColumns()) {
      String[] path = chunk.getPath().toArray();
      if (path.length == 1 && path[0].equals(field.getName())) {
        return range(column, chunk);
      }
    }
    return ColumnRange.unknown();
  }

  private static ColumnRange range(TableColumn column, ColumnChunkMetaData chunk) {
    Statistics<?> statistics = chunk.getStatistics();
    if (statistics == null || statistics.isEmpty()) {
      return ColumnRange.unknown();
    }
    boolean nullsKnown = statistics.isNumNullsSet();
    boolean mayBeNull = !nullsKnown || statistics.getNumNulls() > 0;
    boolean mayBeValue = !nullsKnown || statistics.getNumNulls() < chunk.getValueCount();
    Object lower = statistics.hasNonNullValue() ? RowGroupBounds.value(column, statistics.genericGetMin()) : null;
    Object upper = statistics.hasNonNullValue() ? RowGroupBounds.value(column, statistics.genericGetMax()) : null;
    return Bounds.range(column, lower, upper, mayBeNull, mayBeValue, true);
  }
}
