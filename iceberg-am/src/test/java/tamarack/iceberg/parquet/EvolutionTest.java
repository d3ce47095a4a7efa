package tamarack.iceberg.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.memory.ByteArena;
import tamarack.iceberg.type.ColumnType;
import tamarack.iceberg.type.CompositeCodec;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.TypeMapping;
import tamarack.iceberg.type.ValueKind;
import tamarack.iceberg.type.Varlena;
import tamarack.tuple.Memory;

/** Files written before the table's columns changed. */
class EvolutionTest {
  @TempDir
  Path directory;

  private WrittenFile write(List<TableColumn> columns, Object... row) {
    try (RollingWriter writer = new RollingWriter(
            columns, WriteOptions.defaults(), () -> directory.resolve("f.parquet").toString());
        TestBatch batch = new TestBatch(columns, 1)) {
      batch.fill(List.<Object[]>of(row), 0);
      writer.append(batch.address(), TestBatch.all(1), 1);
      return writer.finish().getFirst();
    }
  }

  private static String read(WrittenFile file, List<TableColumn> columns) {
    return RowReader.read(file.path(), file.bytes(), file.rows(), columns, new long[0]).getFirst();
  }

  @Test
  void columnsAreFoundByIdAndOthersAreNull() {
    WrittenFile file = write(
        List.of(Values.column(1, ValueKind.INTEGER), Values.column(2, ValueKind.INTEGER)), 11, 22);
    List<TableColumn> now = List.of(
        Values.column(3, "c1", Values.type(ValueKind.INTEGER, "integer")),
        Values.column(2, "renamed", Values.type(ValueKind.INTEGER, "integer")));
    assertEquals("0|null|16000000", read(file, now));
  }

  private static TableColumn withDefault(TableColumn column, Object value) {
    return new TableColumn(column.fieldId(), column.name(), column.type(), false, null, value);
  }

  @Test
  void addedColumnsHaveTheirDefault() {
    WrittenFile file = write(List.of(Values.column(1, ValueKind.INTEGER)), 11);
    List<TableColumn> now = List.of(
        withDefault(Values.column(2, ValueKind.BIGINT), 7L), withDefault(Values.column(3, ValueKind.STRING), "ab"),
        withDefault(Values.column(4, "n", Values.numeric(5, 2)), new BigDecimal("1.50")),
        withDefault(Values.column(5, ValueKind.DOUBLE), 1.5), withDefault(Values.column(6, ValueKind.BOOLEAN), true),
        withDefault(Values.column(7, ValueKind.DATE), 10_957), withDefault(Values.column(8, ValueKind.REAL), 2.5f));
    Object[] expected = {7L, Values.text("ab"), Values.numeric("1.50"), 1.5, true, 0, 2.5f};
    assertEquals(TestBatch.expected(0, expected, now), read(file, now));
  }

  private static TableColumn composite(int fieldId, PostgresType... attributes) {
    List<PostgresType.Attribute> named = IntStream.range(0, attributes.length)
        .mapToObj(i -> new PostgresType.Attribute("a" + i, attributes[i]))
        .toList();
    PostgresType type = new PostgresType(ValueKind.COMPOSITE, 99_999, -1, "pair", -1, 8, null, named);
    AtomicInteger id = new AtomicInteger(fieldId << 16);
    return TableColumn.optional(fieldId, "c" + fieldId, new TypeMapping(id::incrementAndGet).map(type, null));
  }

  @Test
  void anAddedNestedColumnHasItsDefaultAsItIs() {
    WrittenFile file = write(List.of(Values.column(1, ValueKind.INTEGER)), 11);
    byte[] row = {-1, -1, -1, -1, 1, 2, 3, 4, 5, 6};
    List<TableColumn> now = List.of(withDefault(composite(2, Values.type(ValueKind.INTEGER, "integer")), row));
    assertEquals(TestBatch.expected(0, new Object[] {row}, now), read(file, now));
  }

  @Test
  void anAddedAttributeIsNull() {
    PostgresType integer = Values.type(ValueKind.INTEGER, "integer");
    TableColumn before = composite(1, integer);
    TableColumn now = composite(1, integer, integer);
    byte[] row;
    byte[] grown;
    try (ByteArena arena = new ByteArena()) {
      long value = arena.allocate(8);
      Memory.putInt(value, 7);
      row = Varlena.bytes(CompositeCodec.build(new long[] {value}, before.type().postgres(), arena));
      grown = Varlena.bytes(CompositeCodec.build(new long[] {value, 0}, now.type().postgres(), arena));
    }
    WrittenFile file = write(List.of(before), new Object[] {row});
    assertEquals(TestBatch.expected(0, new Object[] {grown}, List.of(now)), read(file, List.of(now)));
  }

  @Test
  void aRowThatBecameTextIsRefused() {
    TableColumn before = composite(1, Values.type(ValueKind.INTEGER, "integer"));
    byte[] row;
    try (ByteArena arena = new ByteArena()) {
      row = Varlena.bytes(CompositeCodec.build(new long[1], before.type().postgres(), arena));
    }
    WrittenFile file = write(List.of(before), new Object[] {row});
    List<TableColumn> now = List.of(Values.column(1, "c1", Values.type(ValueKind.TEXT_FORM, "pair")));
    TamarackException e = assertThrows(TamarackException.class, () -> read(file, now));
    assertEquals(SqlState.FEATURE_NOT_SUPPORTED, e.sqlState());
  }

  @Test
  void promotedTypes() {
    List<TableColumn> before = List.of(
        Values.column(1, ValueKind.INTEGER), Values.column(2, ValueKind.REAL),
        Values.column(3, "n", Values.numeric(5, 2)), Values.column(4, "m", Values.numeric(15, 2)));
    WrittenFile file = write(before, -5, 1.25f, Values.numeric("-123.45"), Values.NUMERIC_NAN);
    List<TableColumn> now = List.of(
        Values.column(1, ValueKind.BIGINT), Values.column(2, ValueKind.DOUBLE),
        Values.column(3, "n", Values.numeric(30, 2)), Values.column(4, "m", Values.numeric(38, 2)));
    Object[] expected = {-5L, 1.25, Values.numeric("-123.45"), Values.NUMERIC_NAN};
    assertEquals(TestBatch.expected(0, expected, now), read(file, now));
  }

  @Test
  void declaredWiderTypes() {
    PostgresType small = Values.type(ValueKind.SMALLINT, "smallint");
    PostgresType real = Values.type(ValueKind.REAL, "real");
    List<TableColumn> columns = List.of(
        TableColumn.optional(1, "a", new ColumnType(org.apache.iceberg.types.Types.LongType.get(), small, false)),
        TableColumn.optional(2, "b", new ColumnType(org.apache.iceberg.types.Types.DoubleType.get(), real, false)));
    WrittenFile file = write(columns, (short) -3, 0.1f);
    assertEquals(TestBatch.expected(0, new Object[] {(short) -3, 0.1f}, columns), read(file, columns));
  }
}
