package tamarack.iceberg.parquet;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.iceberg.FieldMetrics;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;

/** Makes the writers of a file's columns, anew for each row group, and keeps their counts over all of them. */
final class ValueWriterFactory {
  private final Map<Integer, LeafWriters.Counter> counters = new HashMap<>();
  private MessageType message;
  private ColumnWriteStore store;

  /** Starts a row group. */
  void start(MessageType message, ColumnWriteStore store) {
    this.message = message;
    this.store = store;
  }

  ValueWriter column(TableColumn column) {
    org.apache.parquet.schema.Type field = field(message, column.fieldId());
    ColumnWriter shapes = Shapes.has(column)
        ? writer(List.of(field(message, Shapes.fieldId(column)).getName()))
        : null;
    return writer(
        column.type().postgres(), column.icebergType(), column.fieldId(), field, List.of(field.getName()), 1, shapes);
  }

  private static org.apache.parquet.schema.Type field(GroupType group, int id) {
    return group.getFields().stream()
        .filter(field -> field.getId() != null && field.getId().intValue() == id)
        .findFirst().orElseThrow();
  }

  private ColumnWriter writer(List<String> path) {
    ColumnDescriptor column = message.getColumnDescription(path.toArray(String[]::new));
    return store.getColumnWriter(column);
  }

  private static List<String> below(List<String> path, String... names) {
    List<String> all = new ArrayList<>(path);
    all.addAll(List.of(names));
    return all;
  }

  private ValueWriter writer(
      PostgresType postgres, Type type, int id, org.apache.parquet.schema.Type field, List<String> path,
      int repetition, ColumnWriter shapes) {
    return switch (postgres.kind()) {
      case ARRAY -> {
        Types.ListType list = type.asListType();
        GroupType repeated = field.asGroupType().getType(0).asGroupType();
        org.apache.parquet.schema.Type element = repeated.getType(0);
        ValueWriter elements = writer(
            postgres.element(), list.elementType(), list.elementId(), element,
            below(path, repeated.getName(), element.getName()), repetition + 1, null);
        yield new NestedWriters.ListWriter(postgres, elements, repetition, shapes);
      }
      case COMPOSITE -> {
        List<ValueWriter> fields = new ArrayList<>();
        for (int i = 0; i < postgres.attributes().size(); i++) {
          Types.NestedField each = type.asStructType().fields().get(i);
          org.apache.parquet.schema.Type part = field(field.asGroupType(), each.fieldId());
          fields.add(writer(
              postgres.attributes().get(i).type(), each.type(), each.fieldId(), part, below(path, part.getName()),
              repetition, null));
        }
        yield new NestedWriters.StructWriter(postgres, fields);
      }
      default -> leaf(postgres.kind(), type, id, writer(path));
    };
  }

  private ValueWriter leaf(ValueKind kind, Type type, int id, ColumnWriter writer) {
    ValueWriter leaf = LeafWriters.of(kind, type, writer);
    if (type.typeId() != Type.TypeID.FLOAT && type.typeId() != Type.TypeID.DOUBLE) {
      return leaf;
    }
    return new LeafWriters.Counted(leaf, counters.computeIfAbsent(id, key -> LeafWriters.counter(id, type, kind)));
  }

  /** Counts of NaN, and bounds without them. */
  Stream<FieldMetrics<?>> metrics() {
    return counters.values().stream().map(LeafWriters.Counter::metrics);
  }
}
