package tamarack.iceberg.partition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.transforms.Transform;
import org.apache.iceberg.transforms.Transforms;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.util.SerializableFunction;
import tamarack.iceberg.type.IcebergValue;
import tamarack.iceberg.type.TableColumn;
import tamarack.tuple.ColumnBatchLayout;
import tamarack.tuple.Memory;

/** Computes the partition of each row of a batch, by Iceberg's transforms. */
final class PartitionKeys {
  /** A partition's values in the order of the spec. */
  record Key(List<Object> values) implements StructLike {
    @Override
    public int size() {
      return values.size();
    }

    @Override
    public <T> T get(int position, Class<T> type) {
      return type.cast(values.get(position));
    }

    @Override
    public <T> void set(int position, T value) {
      throw new UnsupportedOperationException("a partition key does not change");
    }
  }

  private static final long MICROS_PER_HOUR = 3_600_000_000L;

  private record Source(int column, SerializableFunction<Object, Object> transform) {}

  private final List<TableColumn> columns;
  private final List<Source> sources = new ArrayList<>();

  PartitionKeys(PartitionSpec spec, List<TableColumn> columns) {
    this.columns = columns;
    for (PartitionField field : spec.fields()) {
      sources.add(source(field));
    }
  }

  @SuppressWarnings("unchecked")
  private Source source(PartitionField field) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).fieldId() == field.sourceId()) {
        Type type = columns.get(i).icebergType();
        boolean hours = field.transform().equals(Transforms.hour());
        return new Source(
            i, hours ? PartitionKeys::hour : ((Transform<Object, Object>) field.transform()).bind(type));
      }
    }
    throw new IllegalArgumentException("partition source " + field.sourceId() + " is no column");
  }

  /** Core's own would fold infinities and far years onto hours of today: here they are the first or last hour. */
  private static Object hour(Object micros) {
    if (micros == null) {
      return null;
    }
    long hours = Math.floorDiv((Long) micros, MICROS_PER_HOUR);
    return Math.toIntExact(Math.clamp(hours, Integer.MIN_VALUE, Integer.MAX_VALUE));
  }

  /** The partition of one row of a batch. */
  Key key(long batch, int row) {
    Object[] values = new Object[sources.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(batch, row, sources.get(i));
    }
    return new Key(Arrays.asList(values));
  }

  private Object value(long batch, int row, Source source) {
    long entry = batch + ColumnBatchLayout.HEADER_SIZE + (long) source.column * ColumnBatchLayout.COLUMN_SIZE;
    boolean mayBeNull = Memory.getInt(entry + ColumnBatchLayout.NULL_COUNT) != 0;
    if (mayBeNull && Memory.getByte(Memory.getLong(entry + ColumnBatchLayout.NULLS) + row) != 0) {
      return null;
    }
    TableColumn column = columns.get(source.column);
    long slot = Memory.getLong(entry + ColumnBatchLayout.VALUES) + (long) row * column.kind().slotWidth();
    long address = column.kind().isVarlena() ? Memory.getLong(slot) : slot;
    return source.transform.apply(IcebergValue.read(address, column.kind(), column.icebergType()));
  }
}
