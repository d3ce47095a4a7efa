package tamarack.iceberg.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.transforms.Transforms;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tamarack.backend.TamarackException;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.parquet.RowReader;
import tamarack.iceberg.parquet.WriteOptions;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;

/** The option {@code partitioning}, and rows that land in the file of their partition. */
class PartitioningTest {
  private static final List<TableColumn> COLUMNS = List.of(
      Values.column(1, "id", Values.type(ValueKind.INTEGER, "integer")),
      Values.column(2, "payload", Values.type(ValueKind.STRING, "text")),
      Values.column(3, "created_at", Values.type(ValueKind.TIMESTAMP, "timestamp without time zone")),
      Values.column(4, "Odd, \"name\"", Values.type(ValueKind.DATE, "date")),
      Values.column(5, "price", Values.numeric(9, 2)), Values.column(6, "key", Values.type(ValueKind.UUID, "uuid")),
      Values.column(7, "ratio", Values.type(ValueKind.DOUBLE, "double precision")));
  private static final Schema SCHEMA = new Schema(COLUMNS.stream().map(TableColumn::field).toList());

  @TempDir
  Path directory;

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "day(created_at), bucket(16, id), truncate(4, payload); created_at_day:day,id_bucket:bucket[16],"
        + "payload_trunc:truncate[4]",
    "ID; id:identity", " identity( id ) ,year(created_at); id:identity,created_at_year:year",
    "month(\"Odd, \"\"name\"\"\"); Odd, \"name\"_month:month", "hour(created_at); created_at_hour:hour",
    "bucket(4, key), truncate(100, price); key_bucket:bucket[4],price_trunc:truncate[100]"
  })
  void specsAreRead(String text, String expected) {
    PartitionSpec spec = PartitioningParser.parse(text, SCHEMA);
    assertEquals(
        expected,
        String.join(",", spec.fields().stream().map(field -> field.name() + ":" + field.transform()).toList()));
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "day(created_at), bucket(16, id); id; key; day(created_at), bucket(16, key)", "ID,id; id; a b; \"a b\", \"a b\"",
    "day(created_at); id; key; day(created_at)",
    "truncate(4, \"Odd, \"\"name\"\"\"); Odd, \"name\"; odd; truncate(4, odd)",
    "day(created_at); created_at; Say \"When\"; day(\"Say \"\"When\"\"\")"
  })
  void termsFollowARenamedColumn(String text, String from, String to, String expected) {
    assertEquals(expected, PartitioningParser.renameColumn(text, from, to));
  }

  @Test
  void noTextIsNoPartitioning() {
    assertTrue(PartitioningParser.parse(null, SCHEMA).isUnpartitioned());
    assertTrue(PartitioningParser.parse("  ", SCHEMA).isUnpartitioned());
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "day(nothing); does not exist", "week(created_at); there is no partition transform \"week\"",
    "bucket(id); takes a number and a column", "bucket(0, id); above zero", "bucket(x, id); is no number",
    "day(id); cannot partition by day", "day(created_at; no closing parenthesis", "id,; ends where",
    "id) x; unexpected", "\"id; does not end", "id, id; cannot partition", "day(created_at, id); takes one column",
    "truncate(4, ratio); cannot partition"
  })
  void whatIsNoSpecIsRefused(String text, String complaint) {
    TamarackException refused = assertThrows(TamarackException.class, () -> PartitioningParser.parse(text, SCHEMA));
    assertEquals("22023", refused.sqlState());
    String all = refused.getMessage() + " " + refused.detail();
    assertTrue(all.toLowerCase().contains(complaint.toLowerCase()), all);
  }

  @Test
  void rowsLandInTheirPartition() {
    PartitionSpec spec = PartitioningParser.parse("day(created_at), bucket(3, id), truncate(1, payload)", SCHEMA);
    List<Object[]> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Object text = i % 11 == 0 ? null : Values.text((char) ('a' + i % 3) + "x");
      Object time = i % 13 == 0 ? null : (Object) (i % 4 * 86_400_000_000L - 86_400_000_000L);
      rows.add(new Object[] {i % 7 == 0 ? null : i, text, time, i, Values.numeric("1.00"), new byte[16], 1.0});
    }
    Map<String, Integer> expected = new HashMap<>();
    for (Object[] row : rows) {
      expected.merge(partition(row), 1, Integer::sum);
    }
    Map<String, Integer> written = new HashMap<>();
    int[] next = {0};
    try (PartitionedWriter writer = new PartitionedWriter(COLUMNS, spec, WriteOptions.defaults(),
            path -> directory.resolve(path + next[0]++ + ".parquet").toString());
        TestBatch batch = new TestBatch(COLUMNS, 300)) {
      writer.append(batch.fill(rows, 0).address());
      for (PartitionedWriter.PartitionedFile each : writer.finish()) {
        int count = RowReader.read(
            each.file().path(), each.file().bytes(), each.file().rows(), COLUMNS, new long[0]).size();
        written.merge(each.partition().toString(), count, Integer::sum);
      }
    }
    assertEquals(expected, written);
    assertTrue(expected.size() > PartitionedWriter.MOST_OPEN, "more partitions than may be open");
  }

  /** The partition, by Iceberg's transforms of literals. */
  private static String partition(Object[] row) {
    Integer day = row[2] == null ? null : (Integer) Transforms.day().bind(Types.TimestampType.withoutZone())
        .apply(Literal.of("2000-01-01T00:00:00").<Long>to(Types.TimestampType.withoutZone()).value() + (Long) row[2]);
    Integer bucket = row[0] == null ? null : Transforms.bucket(3).bind(Types.IntegerType.get()).apply(row[0]);
    String letter = row[1] == null ? null : new String((byte[]) row[1]).substring(0, 1);
    return java.util.Arrays.asList(day, bucket, letter).toString();
  }

  @Test
  void timesAtTheEndOfTheWorldHavePartitionsToo() {
    for (String transform : List.of("year", "month", "day", "hour")) {
      PartitionSpec spec = PartitioningParser.parse(transform + "(created_at)", SCHEMA);
      List<Object[]> rows = new ArrayList<>();
      for (long time : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, 9_223_371_331_199_999_999L, 0}) {
        rows.add(new Object[] {1, null, time, null, null, null, null});
      }
      try (PartitionedWriter writer = new PartitionedWriter(COLUMNS, spec, WriteOptions.defaults(),
              path -> directory.resolve(path.replace("/", "") + transform + ".parquet").toString());
          TestBatch batch = new TestBatch(COLUMNS, 4)) {
        writer.append(batch.fill(rows, 0).address());
        List<PartitionedWriter.PartitionedFile> files = writer.finish();
        assertEquals(4, files.stream().mapToLong(each -> each.file().rows()).sum());
        List<Integer> values = files.stream().map(each -> (Integer) each.partition().getFirst()).toList();
        assertTrue(values.get(0) < 0 && values.getLast() > 0, transform + " " + values);
      }
    }
  }

  @Test
  void whatIsNotFinishedIsRemoved() throws Exception {
    PartitionSpec spec = PartitioningParser.parse("id", SCHEMA);
    try (PartitionedWriter writer = new PartitionedWriter(COLUMNS, spec, WriteOptions.defaults(),
            path -> directory.resolve(path + "x.parquet").toString());
        TestBatch batch = new TestBatch(COLUMNS, 40)) {
      List<Object[]> rows = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        rows.add(new Object[] {i, null, null, null, null, null, null});
      }
      writer.append(batch.fill(rows, 0).address());
    }
    try (Stream<Path> files = Files.walk(directory)) {
      assertEquals(List.of(), files.filter(Files::isRegularFile).toList());
    }
  }
}
