package tamarack.iceberg.publish;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;
import tamarack.iceberg.partition.PartitioningParser;
import tamarack.iceberg.type.TableColumn;

/** Brings metadata to a state's schema, properties, location and format version; its files come later. */
final class MetadataChanges {
  private MetadataChanges() {}

  /** The changed metadata; {@code base} itself when nothing differs. */
  static TableMetadata apply(TableState state, TableMetadata base) {
    Schema schema = schema(state.columns());
    if (base == null) {
      return TableMetadata.buildFromEmpty(state.formatVersion())
          .assignUUID(state.uuid())
          .setLocation(state.publishedRoot())
          .setCurrentSchema(schema, state.lastColumnId())
          .setDefaultPartitionSpec(PartitioningParser.parse(state.partitioning(), schema))
          .setDefaultSortOrder(SortOrder.unsorted())
          .setProperties(state.properties())
          .discardChanges()
          .build();
    }
    TableMetadata.Builder builder = TableMetadata.buildFrom(base);
    boolean changed = false;
    if (state.formatVersion() > base.formatVersion()) {
      builder.upgradeFormatVersion(state.formatVersion());
      changed = true;
    }
    if (!base.location().equals(state.publishedRoot())) {
      builder.setLocation(state.publishedRoot());
      changed = true;
    }
    if (!base.schema().sameSchema(schema)) {
      builder.setCurrentSchema(schema, Math.max(base.lastColumnId(), state.lastColumnId()));
      changed = true;
    }
    changed |= changeProperties(state, base, builder);
    return changed ? build(builder, state, base) : base;
  }

  private static boolean changeProperties(TableState state, TableMetadata base, TableMetadata.Builder builder) {
    Map<String, String> set = new HashMap<>(state.properties());
    set.entrySet().removeAll(base.properties().entrySet());
    Set<String> removed = new HashSet<>(base.properties().keySet());
    removed.removeAll(state.properties().keySet());
    if (!set.isEmpty()) {
      builder.setProperties(set);
    }
    if (!removed.isEmpty()) {
      builder.removeProperties(removed);
    }
    return !set.isEmpty() || !removed.isEmpty();
  }

  /** A clock that went back must not be written: the metadata keeps the time of its predecessor then. */
  private static TableMetadata build(TableMetadata.Builder builder, TableState state, TableMetadata base) {
    if (System.currentTimeMillis() < base.lastUpdatedMillis()) {
      builder.discardChanges().withMetadataLocation(null);
    }
    return builder.setPreviousFileLocation(base.metadataFileLocation()).build();
  }

  /** The columns as an Iceberg schema with their defaults. */
  static Schema schema(List<TableColumn> columns) {
    List<Types.NestedField> fields = new ArrayList<>();
    for (TableColumn column : columns) {
      Types.NestedField.Builder field = Types.NestedField.from(column.field());
      if (column.initialDefault() != null) {
        field.withInitialDefault(Expressions.lit(column.initialDefault()).to(column.icebergType()))
            .withWriteDefault(Expressions.lit(column.initialDefault()).to(column.icebergType()));
      }
      fields.add(field.build());
    }
    return new Schema(fields);
  }

  /** The partition spec of a table that was published never before. */
  static PartitionSpec spec(String partitioning, List<TableColumn> columns) {
    return PartitioningParser.parse(partitioning, schema(columns));
  }
}
