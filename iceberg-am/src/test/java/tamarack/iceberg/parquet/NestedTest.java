package tamarack.iceberg.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.backend.TamarackException;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.TypeMapping;
import tamarack.iceberg.type.ValueKind;

/** Arrays and rows come back byte by byte as PostgreSQL lays them out; made here by an own reading of its headers. */
class NestedTest {
  private static final PostgresType INTEGER = PostgresType.scalar(ValueKind.INTEGER, 23, -1, "integer");
  private static final PostgresType TEXT = PostgresType.scalar(ValueKind.STRING, 25, -1, "text");
  private static final PostgresType DOUBLE = PostgresType.scalar(ValueKind.DOUBLE, 701, -1, "double precision");
  private static final PostgresType PAIR = new PostgresType(
      ValueKind.COMPOSITE, 16_400, -1, "pair", -1, 8, null,
      List.of(new PostgresType.Attribute("n", INTEGER), new PostgresType.Attribute("t", TEXT),
          new PostgresType.Attribute("d", DOUBLE)));

  @TempDir
  Path directory;

  private int nextFile;

  private static PostgresType arrayOf(PostgresType element) {
    return new PostgresType(
        ValueKind.ARRAY, 1000, -1, element.name() + "[]", -1, element.alignment() == 8 ? 8 : 4, element, List.of());
  }

  private static TableColumn column(int id, PostgresType type) {
    AtomicInteger next = new AtomicInteger(100 * id);
    return TableColumn.optional(id, "c" + id, new TypeMapping(next::incrementAndGet).map(type, null));
  }

  /** Appends values one behind the other, aligned from the start of the varlena; a null is left out. */
  private static byte[] values(byte[] head, PostgresType[] types, Object[] values, int from) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head);
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        continue;
      }
      while ((out.size() + 4 - from) % types[i].alignment() != 0) {
        out.write(0);
      }
      out.writeBytes(bytes(values[i]));
    }
    return out.toByteArray();
  }

  private static byte[] bytes(Object value) {
    ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    return switch (value) {
      case Integer number -> Arrays.copyOf(buffer.putInt(number).array(), 4);
      case Double number -> buffer.putDouble(number).array();
      default -> {
        byte[] bytes = (byte[]) value;
        yield ByteBuffer.allocate(4 + bytes.length).order(ByteOrder.LITTLE_ENDIAN).putInt(4 + bytes.length << 2)
            .put(bytes).array();
      }
    };
  }

  /** An array without its length word; {@code shape} holds sizes, then lower bounds. */
  private static byte[] array(PostgresType element, int[] shape, Object... elements) {
    boolean hasNulls = Arrays.stream(elements).anyMatch(each -> each == null);
    int headerEnd = 16 + 4 * shape.length;
    int data = headerEnd + (hasNulls ? (elements.length + 7) / 8 : 0) + 7 & -8;
    ByteBuffer head = ByteBuffer.allocate(data - 4).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(shape.length / 2).putInt(hasNulls ? data : 0).putInt(element.oid());
    Arrays.stream(shape).forEach(head::putInt);
    for (int i = 0; hasNulls && i < elements.length; i++) {
      int at = headerEnd - 4 + i / 8;
      head.put(at, (byte) (head.get(at) | (elements[i] == null ? 0 : 1 << i % 8)));
    }
    PostgresType[] types = new PostgresType[elements.length];
    Arrays.fill(types, element);
    byte[] array = values(head.array(), types, elements, 0);
    // Padded behind the last element as behind every other.
    return Arrays.copyOf(array, (array.length + 4 + element.alignment() - 1 & -element.alignment()) - 4);
  }

  private static byte[] list(PostgresType element, Object... elements) {
    return array(element, elements.length == 0 ? new int[0] : new int[] {elements.length, 1}, elements);
  }

  private static byte[] pair(Object... attributes) {
    boolean hasNulls = Arrays.stream(attributes).anyMatch(each -> each == null);
    int data = hasNulls ? 24 : 24;
    ByteBuffer head = ByteBuffer.allocate(data - 4).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(-1).putInt(PAIR.oid()).putInt(-1).putShort((short) 0).putShort((short) 3);
    head.putShort((short) ((hasNulls ? 1 : 0) | (attributes[1] != null ? 2 : 0))).put((byte) data);
    int bits = 0;
    for (int i = 0; hasNulls && i < 3; i++) {
      bits |= attributes[i] == null ? 0 : 1 << i;
    }
    head.put((byte) bits);
    return values(head.array(), new PostgresType[] {INTEGER, TEXT, DOUBLE}, attributes, data);
  }

  private static Object element(PostgresType type, Random random) {
    if (random.nextInt(5) == 0) {
      return null;
    }
    return switch (type.kind()) {
      case INTEGER -> random.nextInt();
      case DOUBLE -> random.nextInt(9) == 0 ? Double.NaN : random.nextDouble();
      case STRING -> Values.text("x".repeat(random.nextInt(150)));
      default -> pair(element(INTEGER, random), element(TEXT, random), element(DOUBLE, random));
    };
  }

  private static byte[] value(TableColumn column, Random random) {
    PostgresType type = column.type().postgres();
    if (type.kind() == ValueKind.COMPOSITE) {
      return (byte[]) pair(element(INTEGER, random), element(TEXT, random), element(DOUBLE, random));
    }
    int rows = 1 + random.nextInt(3);
    int columns = 1 + random.nextInt(4);
    Object[] elements = new Object[random.nextInt(4) == 0 ? rows * columns : random.nextInt(12)];
    Arrays.setAll(elements, i -> element(type.element(), random));
    return elements.length == rows * columns && random.nextBoolean()
        ? array(type.element(), new int[] {rows, columns, random.nextInt(5) - 2, 7}, elements)
        : list(type.element(), elements);
  }

  private List<WrittenFile> write(List<TableColumn> columns, List<Object[]> rows) {
    WriteOptions small = RoundTripTest.options(
        org.apache.parquet.hadoop.metadata.CompressionCodecName.ZSTD, 100_000, 1 << 30, 2048, 1 << 20);
    try (RollingWriter writer = new RollingWriter(
            columns, small, () -> directory.resolve(nextFile++ + ".parquet").toString());
        TestBatch batch = new TestBatch(columns, 100)) {
      for (int from = 0; from < rows.size(); from += 100) {
        int to = Math.min(rows.size(), from + 100);
        writer.append(batch.fill(rows.subList(from, to), from).address(), TestBatch.all(to - from), to - from);
      }
      return writer.finish();
    }
  }

  @Test
  void arraysAndRowsComeBack() {
    List<TableColumn> columns = List.of(
        column(1, arrayOf(INTEGER)), column(2, arrayOf(TEXT)), column(3, arrayOf(DOUBLE)), column(4, PAIR),
        column(5, arrayOf(PAIR)), column(6, INTEGER));
    Random random = new Random(11);
    List<Object[]> rows = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      Object[] row = new Object[6];
      for (int j = 0; j < 5; j++) {
        row[j] = random.nextInt(8) == 0 ? null : value(columns.get(j), random);
      }
      row[5] = i;
      rows.add(row);
      expected.add(TestBatch.expected(i, row, columns));
    }
    WrittenFile file = write(columns, rows).getFirst();
    assertTrue(file.splitOffsets().size() > 2, "several row groups");
    assertEquals(expected, RowReader.read(file.path(), file.bytes(), file.rows(), columns, new long[0]));
    List<String> rest = RowReader.read(
        file.path(), file.bytes(), file.rows(), columns, LongStream.range(0, 2500).toArray());
    assertEquals(500, rest.size());
    for (int i = 0; i < 500; i++) {
      assertEquals(expected.get(2500 + i), rest.get(i));
    }
    DataFile data = new DataFile(file.path(), file.bytes(), file.rows(), 0, 2999, true, 0, 0, null);
    try (TableScan scan = new TableScan(List.of(new ScanFile(data, true)), columns, RowGroupFilter.ALL)) {
      for (int row : new int[] {2999, 0, 1500, 700, 701}) {
        int index = scan.fetch(row);
        assertEquals(expected.get(row), TestBatch.read(scan.fetchedBatch(), columns).get(index));
      }
    }
  }

  @Test
  void naturalOnesAreListsAndStructs() {
    assertEquals("list<int>", column(1, arrayOf(INTEGER)).icebergType().toString());
    assertTrue(column(1, arrayOf(PAIR)).icebergType().isListType());
    assertTrue(column(1, PAIR).icebergType().isStructType());
    PostgresType numerics = arrayOf(Values.type(ValueKind.NUMERIC, "numeric"));
    assertEquals("string", column(1, numerics).icebergType().toString());
    assertEquals(ValueKind.TEXT_FORM, column(1, numerics).kind());
  }

  @Test
  void otherShapesInsideOtherValuesAreRefused() {
    PostgresType holder = new PostgresType(
        ValueKind.COMPOSITE, 1, -1, "holder", -1, 8, null,
        List.of(new PostgresType.Attribute("a", arrayOf(INTEGER))));
    byte[] inner = array(INTEGER, new int[] {1, 5}, 1);
    ByteBuffer head = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(-1).putInt(1).putInt(-1).putShort((short) 0).putShort((short) 1).putShort((short) 2).put((byte) 24);
    byte[] row = values(head.array(), new PostgresType[] {arrayOf(INTEGER)}, new Object[] {inner}, 24);
    TamarackException refused = assertThrows(
        TamarackException.class, () -> write(List.of(column(1, holder)), List.<Object[]>of(new Object[] {row})));
    assertEquals("0A000", refused.sqlState());
  }
}
