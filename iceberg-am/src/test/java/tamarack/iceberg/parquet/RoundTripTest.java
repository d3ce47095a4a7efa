package tamarack.iceberg.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tamarack.backend.TamarackException;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;
import tamarack.tuple.Memory;

/** What is written is read, bit by bit: every kind of value, codec, page encoding, with nulls and deleted rows. */
class RoundTripTest {
  private static final List<TableColumn> COLUMNS = List.of(
      Values.column(1, ValueKind.BOOLEAN), Values.column(2, ValueKind.SMALLINT), Values.column(3, ValueKind.INTEGER),
      Values.column(4, ValueKind.BIGINT), Values.column(5, ValueKind.OID), Values.column(6, ValueKind.REAL),
      Values.column(7, ValueKind.DOUBLE), Values.column(8, "c8", Values.numeric(7, 2)),
      Values.column(9, "c9", Values.numeric(18, 5)), Values.column(10, "c10", Values.numeric(38, 10)),
      Values.column(11, ValueKind.DATE), Values.column(12, ValueKind.TIME), Values.column(13, ValueKind.TIMESTAMP),
      Values.column(14, ValueKind.TIMESTAMPTZ), Values.column(15, ValueKind.UUID), Values.column(16, ValueKind.STRING),
      Values.column(17, ValueKind.BYTES), Values.column(18, ValueKind.TEXT_FORM),
      Values.column(19, ValueKind.BINARY_FORM));

  @TempDir
  Path directory;

  private int nextFile;

  static WriteOptions options(CompressionCodecName codec, long rowGroup, long target, int page, int dictionary) {
    return new WriteOptions(codec, 3, rowGroup, target, page, dictionary, WriteOptions.defaults().metrics());
  }

  private static Object value(TableColumn column, Random random, boolean repeats) {
    long number = repeats ? random.nextInt(5) : random.nextLong();
    return switch (column.kind()) {
      case BOOLEAN -> number % 2 == 0;
      case SMALLINT -> (short) number;
      case INTEGER, OID -> (int) number;
      case DATE -> edge(random, (int) number % 100_000_000, Integer.MAX_VALUE, Integer.MIN_VALUE);
      case REAL -> edge(random, (float) number, Float.NaN, -0.0f, Float.NEGATIVE_INFINITY);
      case DOUBLE -> edge(random, (double) number, Double.NaN, -0.0, Double.POSITIVE_INFINITY);
      case BIGINT -> number;
      case TIME -> edge(random, Math.floorMod(number, 86_400_000_000L), 86_400_000_000L);
      case TIMESTAMP, TIMESTAMPTZ -> edge(
          random, number % 200_000_000_000_000_000L, Long.MAX_VALUE, Long.MIN_VALUE, 9_223_371_331_199_999_999L,
          9_222_425_352_054_775_807L, 9_222_425_352_054_775_806L);
      case NUMERIC -> numeric(column, random, number);
      case UUID -> bytes(random, 16, repeats);
      default -> bytes(random, random.nextInt(200) == 0 ? 5000 : random.nextInt(40), repeats);
    };
  }

  private static Object edge(Random random, Object usual, Object... edges) {
    return random.nextInt(10) == 0 ? edges[random.nextInt(edges.length)] : usual;
  }

  private static byte[] numeric(TableColumn column, Random random, long number) {
    int precision = column.type().postgres().numericPrecision();
    int scale = column.type().postgres().numericScale();
    if (random.nextInt(20) == 0) {
      return Values.NUMERIC_NAN;
    }
    StringBuilder digits = new StringBuilder().append(number).append(Math.abs(random.nextLong() / 2));
    String sign = digits.charAt(0) == '-' ? "-" : "";
    String all = digits.substring(sign.length());
    String cut = all.substring(0, Math.min(all.length(), 1 + random.nextInt(precision)));
    return Values.numeric(new java.math.BigDecimal(new java.math.BigInteger(sign + cut), scale).toPlainString());
  }

  private static byte[] bytes(Random random, int length, boolean repeats) {
    byte[] bytes = new byte[repeats && length < 40 ? length == 16 ? 16 : 3 : length];
    random.nextBytes(bytes);
    if (repeats) {
      java.util.Arrays.fill(bytes, (byte) random.nextInt(4));
    }
    return bytes;
  }

  private static List<Object[]> rows(Random random, int count, boolean repeats, int nullEvery) {
    List<Object[]> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(COLUMNS.stream()
          .map(column -> random.nextInt(nullEvery) == 0 ? null : value(column, random, repeats))
          .toArray());
    }
    return rows;
  }

  private Supplier<String> paths() {
    return () -> directory.resolve("data").resolve(nextFile++ + ".parquet").toString();
  }

  private static List<WrittenFile> write(
      List<TableColumn> columns, List<Object[]> rows, WriteOptions options, Supplier<String> paths) {
    try (RollingWriter writer = new RollingWriter(columns, options, paths);
        TestBatch batch = new TestBatch(columns, 1000)) {
      for (int from = 0; from < rows.size(); from += 1000) {
        int to = Math.min(rows.size(), from + 1000);
        batch.fill(rows.subList(from, to), 500 + from);
        writer.append(batch.address(), TestBatch.all(to - from), to - from);
      }
      return writer.finish();
    }
  }

  private static List<String> read(WrittenFile file, List<TableColumn> columns, long deleted, int deletedCount) {
    List<String> rows = new ArrayList<>();
    DataFile data = new DataFile(
        file.path(), file.bytes(), file.rows(), file.firstRow(), file.lastRow(), file.isContiguous(), deleted,
        deletedCount, null);
    try (DataFileReader reader = new DataFileReader(data, columns, new ScanCounters());
        ColumnBatch batch = new ColumnBatch(columns, 777)) {
      for (int group = 0; group < reader.groups().size(); group++) {
        reader.openGroup(group, 0, reader.groups().get(group).getRowCount());
        while (reader.read(batch)) {
          rows.addAll(TestBatch.read(batch.address(), columns));
        }
      }
    }
    return rows;
  }

  private static List<String> expected(List<Object[]> rows) {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      expected.add(TestBatch.expected(500 + i, rows.get(i), COLUMNS));
    }
    return expected;
  }

  private void check(List<Object[]> rows, WriteOptions options, int minFiles, int maxFiles) {
    List<String> read = new ArrayList<>();
    List<WrittenFile> files = write(COLUMNS, rows, options, paths());
    files.forEach(file -> read.addAll(read(file, COLUMNS, 0, 0)));
    assertEquals(expected(rows), read);
    assertTrue(files.size() >= minFiles && files.size() <= maxFiles, files.size() + " files");
    assertTrue(files.stream().allMatch(WrittenFile::isContiguous));
  }

  @ParameterizedTest
  @EnumSource(value = CompressionCodecName.class, names = {"ZSTD", "SNAPPY", "GZIP", "UNCOMPRESSED"})
  void everyKindInEveryCodec(CompressionCodecName codec) {
    check(rows(new Random(1), 3000, false, 5), options(codec, 1 << 20, 1 << 30, 8192, 1 << 20), 1, 1);
    check(rows(new Random(2), 3000, true, 1000), options(codec, 1 << 20, 1 << 30, 8192, 1 << 20), 1, 1);
  }

  @Test
  void smallRowGroupsAndFilesRoll() {
    check(rows(new Random(3), 8000, false, 50),
        options(CompressionCodecName.ZSTD, 300_000, 1_000_000, 4096, 64), 2, 20);
  }

  @Test
  void nothingIsNullAndEverythingIsNull() {
    check(rows(new Random(4), 2500, false, Integer.MAX_VALUE), WriteOptions.defaults(), 1, 1);
    check(rows(new Random(5), 2500, false, 1), WriteOptions.defaults(), 1, 1);
  }

  @Test
  void deletedRowsAreSkipped() {
    List<Object[]> rows = rows(new Random(6), 9000, false, 7);
    WriteOptions small = options(CompressionCodecName.ZSTD, 200_000, 1 << 30, 4096, 1 << 20);
    WrittenFile file = write(COLUMNS, rows, small, paths()).getFirst();
    Random random = new Random(7);
    List<String> kept = new ArrayList<>();
    List<Long> gone = new ArrayList<>();
    List<String> all = expected(rows);
    for (int i = 0; i < rows.size(); i++) {
      if (i > 1000 && i < 4000 || random.nextInt(10) == 0) {
        gone.add((long) i);
      } else {
        kept.add(all.get(i));
      }
    }
    long deleted = Memory.allocate(8L * gone.size());
    for (int i = 0; i < gone.size(); i++) {
      Memory.putLong(deleted + 8L * i, gone.get(i));
    }
    assertEquals(kept, read(file, COLUMNS, deleted, gone.size()));
    Memory.free(deleted);
  }

  @Test
  void rowNumbersOutOfOrderAreReadFromTheFile() {
    List<TableColumn> columns = List.of(Values.column(1, ValueKind.INTEGER));
    List<WrittenFile> files;
    try (RollingWriter writer = new RollingWriter(columns, WriteOptions.defaults(), paths());
        TestBatch batch = new TestBatch(columns, 10)) {
      batch.fill(List.of(new Object[] {1}, new Object[] {2}, new Object[] {3}), 10);
      writer.append(batch.address(), new int[] {2, 0}, 2);
      files = writer.finish();
    }
    assertFalse(files.getFirst().isContiguous());
    assertEquals(List.of("12|03000000", "10|01000000"), read(files.getFirst(), columns, 0, 0));
  }

  @Test
  void aDecimalThatDoesNotFitIsRefused() {
    List<TableColumn> columns = List.of(Values.column(1, "price", Values.numeric(5, 2)));
    for (String value : List.of("1000.00", "1.234", "1e30", "-99999")) {
      List<Object[]> rows = List.<Object[]>of(new Object[] {Values.numeric(value)});
      TamarackException refused = assertThrows(
          TamarackException.class, () -> write(columns, rows, WriteOptions.defaults(), paths()), value);
      assertEquals("22003", refused.sqlState());
      assertEquals(List.of(), List.of(directory.resolve("data").toFile().list()), "the file is gone");
    }
  }

  @Test
  void decimalsWithTheLongHeaderAreReadToo() {
    List<TableColumn> columns = List.of(Values.column(1, "price", Values.numeric(12, 4)));
    for (String value : List.of("12345678.1234", "-0.0001", "0.0000", "99990000.0000")) {
      List<Object[]> rows = List.<Object[]>of(new Object[] {Values.longNumeric(value)});
      WrittenFile file = write(columns, rows, WriteOptions.defaults(), paths()).getFirst();
      assertEquals(
          List.of(TestBatch.expected(500, new Object[] {Values.numeric(value)}, columns)),
          read(file, columns, 0, 0));
      assertTrue(Path.of(file.path()).toFile().delete());
    }
  }
}
