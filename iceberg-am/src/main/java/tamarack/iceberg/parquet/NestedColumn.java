package tamarack.iceberg.parquet;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.iceberg.types.Types;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import tamarack.iceberg.memory.ByteArena;
import tamarack.iceberg.type.ArrayCodec;
import tamarack.iceberg.type.CompositeCodec;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;
import tamarack.tuple.Memory;

/** A column of arrays or rows, put together from Parquet's readers of its leaves. */
final class NestedColumn implements BatchColumn {
  /** Reads one value at the place where its leaves stand, and moves them behind it. */
  private interface Part {
    /** The address of the value, 0 for null. */
    long read();

    /** The definition level at which the first leaf stands. */
    int definition();

    int repetition();
  }

  private final MessageType schema;
  private final Function<ColumnDescriptor, ColumnReader> readers;
  private final ByteArena arena;
  private final List<ColumnReader> leaves = new ArrayList<>();
  private final ColumnReader shapes;
  private final Part column;
  private long row;

  /**
   * @param readers gives the reader of a leaf, which stands at the row {@code firstRow} of the row group
   * @param shapes the field with the shapes of arrays, or null
   */
  NestedColumn(
      TableColumn column, MessageType schema, org.apache.parquet.schema.Type field,
      org.apache.parquet.schema.Type shapes, Function<ColumnDescriptor, ColumnReader> readers, ByteArena arena,
      long firstRow) {
    this.schema = schema;
    this.readers = readers;
    this.arena = arena;
    this.row = firstRow;
    this.shapes = shapes == null ? null : reader(List.of(shapes.getName()));
    this.column = part(column.type().postgres(), column.icebergType(), field, List.of(field.getName()), true);
  }

  private ColumnReader reader(List<String> path) {
    ColumnReader reader = readers.apply(schema.getColumnDescription(path.toArray(String[]::new)));
    leaves.add(reader);
    return reader;
  }

  private Part part(
      PostgresType postgres, org.apache.iceberg.types.Type type, org.apache.parquet.schema.Type field,
      List<String> path, boolean outermost) {
    int level = schema.getMaxDefinitionLevel(path.toArray(String[]::new));
    return switch (postgres.kind()) {
      case ARRAY -> list(postgres, type.asListType(), field.asGroupType(), path, level, outermost);
      case COMPOSITE -> struct(postgres, type.asStructType(), field.asGroupType(), path, level);
      default -> {
        ColumnReader reader = reader(path);
        PrimitiveTypeName physical = field.asPrimitiveType().getPrimitiveTypeName();
        yield new Leaf(reader, Sink.of(postgres.kind(), type, physical, arena), physical, level, postgres, arena);
      }
    };
  }

  private Part list(
      PostgresType postgres, Types.ListType type, GroupType field, List<String> path, int level, boolean outermost) {
    GroupType repeated = field.getType(0).asGroupType();
    List<String> below = new ArrayList<>(path);
    below.add(repeated.getName());
    int repetition = schema.getMaxRepetitionLevel(below.toArray(String[]::new));
    org.apache.parquet.schema.Type element = repeated.getType(0);
    below.add(element.getName());
    Part part = part(postgres.element(), type.elementType(), element, below, false);
    return new ListPart(postgres, part, level, repetition, outermost ? shapes : null, arena);
  }

  private Part struct(
      PostgresType postgres, Types.StructType type, GroupType field, List<String> path, int level) {
    List<Part> parts = new ArrayList<>();
    Part stored = null;
    for (int i = 0; i < postgres.attributes().size(); i++) {
      Types.NestedField each = type.fields().get(i);
      var part = field.getFields().stream()
          .filter(candidate -> candidate.getId() != null && candidate.getId().intValue() == each.fieldId())
          .findFirst();
      if (part.isEmpty()) {
        parts.add(new MissingPart());
        continue;
      }
      List<String> below = new ArrayList<>(path);
      below.add(part.get().getName());
      parts.add(part(postgres.attributes().get(i).type(), each.type(), part.get(), below, false));
      stored = stored == null ? parts.getLast() : stored;
    }
    if (stored == null) {
      throw new IllegalStateException("the file has no attribute of type " + postgres.name());
    }
    return new StructPart(postgres, parts, stored, level, arena);
  }

  @Override
  public void seek(long target) {
    for (; row < target; row++) {
      for (ColumnReader leaf : leaves) {
        do {
          pass(leaf);
        } while (leaf.getCurrentRepetitionLevel() > 0);
      }
    }
  }

  /** Moves behind one value, which consuming alone would leave for the next to find. */
  private static void pass(ColumnReader leaf) {
    if (leaf.getCurrentDefinitionLevel() == leaf.getDescriptor().getMaxDefinitionLevel()) {
      leaf.skip();
    }
    leaf.consume();
  }

  @Override
  public int read(int count, long nulls, long slots) {
    int nullCount = 0;
    for (int i = 0; i < count; i++) {
      long value = column.read();
      Memory.putByte(nulls + i, (byte) (value == 0 ? 1 : 0));
      Memory.putLong(slots + i * 8L, value);
      nullCount += value == 0 ? 1 : 0;
    }
    row += count;
    return nullCount;
  }

  private record Leaf(
      ColumnReader reader, Sink sink, PrimitiveTypeName physical, int level, PostgresType type, ByteArena arena)
      implements Part {
    @Override
    public long read() {
      long address = 0;
      if (reader.getCurrentDefinitionLevel() == level) {
        long slot = arena.allocate(16);
        put(slot);
        address = type.kind().isVarlena() ? Memory.getLong(slot) : slot;
      }
      reader.consume();
      return address;
    }

    private void put(long slot) {
      switch (physical) {
        case BOOLEAN -> sink.put(reader.getBoolean() ? 1 : 0, slot);
        case INT32 -> sink.put(reader.getInteger(), slot);
        case INT64 -> sink.put(reader.getLong(), slot);
        case FLOAT -> sink.put(Float.floatToRawIntBits(reader.getFloat()), slot);
        case DOUBLE -> sink.put(Double.doubleToRawLongBits(reader.getDouble()), slot);
        default -> {
          byte[] bytes = reader.getBinary().getBytes();
          sink.put(bytes, 0, bytes.length, slot);
        }
      }
    }

    @Override
    public int definition() {
      return reader.getCurrentDefinitionLevel();
    }

    @Override
    public int repetition() {
      return reader.getCurrentRepetitionLevel();
    }
  }

  private record ListPart(
      PostgresType type, Part element, int level, int repetitionLevel, ColumnReader shapes, ByteArena arena)
      implements Part {
    @Override
    public long read() {
      byte[] shape = shape();
      int definition = element.definition();
      if (definition <= level) {
        element.read();
        return definition < level ? 0 : ArrayCodec.build(List.of(), type.element(), shape, arena);
      }
      List<Long> elements = new ArrayList<>();
      do {
        elements.add(element.read());
      } while (element.repetition() == repetitionLevel);
      return ArrayCodec.build(elements, type.element(), shape, arena);
    }

    private byte[] shape() {
      if (shapes == null) {
        return null;
      }
      byte[] shape = shapes.getCurrentDefinitionLevel() > 0 ? shapes.getBinary().getBytes() : null;
      shapes.consume();
      return shape;
    }

    @Override
    public int definition() {
      return element.definition();
    }

    @Override
    public int repetition() {
      return element.repetition();
    }
  }

  /** An attribute that its type was given later. */
  private record MissingPart() implements Part {
    @Override
    public long read() {
      return 0;
    }

    @Override
    public int definition() {
      throw new IllegalStateException("an attribute that is not stored has no level");
    }

    @Override
    public int repetition() {
      return definition();
    }
  }

  /** @param stored the first part that is in the file: its levels tell of the row */
  private record StructPart(PostgresType type, List<Part> parts, Part stored, int level, ByteArena arena)
      implements Part {
    @Override
    public long read() {
      boolean isNull = definition() < level;
      long[] attributes = new long[parts.size()];
      for (int i = 0; i < attributes.length; i++) {
        attributes[i] = parts.get(i).read();
      }
      return isNull ? 0 : CompositeCodec.build(attributes, type, arena);
    }

    @Override
    public int definition() {
      return stored.definition();
    }

    @Override
    public int repetition() {
      return stored.repetition();
    }
  }
}
