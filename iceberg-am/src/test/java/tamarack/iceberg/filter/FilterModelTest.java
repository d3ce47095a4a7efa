package tamarack.iceberg.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.parquet.DataFile;
import tamarack.iceberg.parquet.RollingWriter;
import tamarack.iceberg.parquet.ScanFile;
import tamarack.iceberg.parquet.TableScan;
import tamarack.iceberg.parquet.WriteOptions;
import tamarack.iceberg.parquet.WrittenFile;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;
import tamarack.tuple.PredicateForm;

/**
 * Random filters over random files: what SQL's logic lets pass, row by row, is never pruned. The model compares values
 * as PostgreSQL does, NaN above all, and knows nothing of statistics.
 */
class FilterModelTest {
  private static final List<TableColumn> COLUMNS = List.of(
      Values.column(1, ValueKind.INTEGER), Values.column(2, ValueKind.DOUBLE),
      Values.column(3, "c3", Values.numeric(10, 2)), Values.column(4, ValueKind.STRING),
      Values.column(5, ValueKind.DATE), Values.column(6, ValueKind.TIMESTAMP), Values.column(7, ValueKind.UUID),
      Values.column(8, ValueKind.BOOLEAN), Values.column(9, ValueKind.REAL), Values.column(10, ValueKind.BYTES),
      Values.column(11, "c11", Values.numeric(30, 2)), Values.column(12, ValueKind.TEXT_FORM));

  @TempDir
  Path directory;

  private final Random random = new Random(42);

  /** A value near {@code center}, so that files and row groups have ranges worth pruning by. */
  private Object value(TableColumn column, int center) {
    int near = center + random.nextInt(7) - 3;
    boolean special = random.nextInt(60) == 0;
    return switch (column.kind()) {
      case INTEGER -> near;
      case DATE -> special ? Integer.MAX_VALUE - random.nextInt(2) * -1 : near;
      case DOUBLE -> special ? Double.NaN : near == 0 && random.nextBoolean() ? -0.0 : (double) near;
      case REAL -> special ? Float.NEGATIVE_INFINITY : (float) near;
      case NUMERIC -> special ? Values.NUMERIC_NAN : Values.numeric(BigDecimal.valueOf(near, 1).setScale(2).toString());
      case TIMESTAMP -> special
          ? new Long[] {Long.MAX_VALUE, Long.MIN_VALUE, 9_223_371_331_199_999_999L}[random.nextInt(3)]
          : (Object) (near * 1_000_000L);
      case UUID -> {
        byte[] uuid = new byte[16];
        Arrays.fill(uuid, (byte) (near * 40));
        yield uuid;
      }
      case BOOLEAN -> center > 0;
      case BYTES -> new byte[] {(byte) near, (byte) random.nextInt(3)};
      default -> Values.text("k%03d".formatted(near + 500) + "é-long tail".repeat(random.nextInt(3)));
    };
  }

  private List<Object[]> rows() {
    List<Object[]> rows = new ArrayList<>();
    for (int file = 0; file < 6; file++) {
      int[] centers = new int[COLUMNS.size()];
      for (int group = 0; group < 60; group++) {
        Arrays.setAll(centers, column -> random.nextInt(200) - 100);
        for (int i = 0; i < 20; i++) {
          rows.add(row(centers, group));
        }
      }
    }
    return rows;
  }

  private Object[] row(int[] centers, int group) {
    Object[] row = new Object[COLUMNS.size()];
    for (int i = 0; i < row.length; i++) {
      boolean isNull = (group + i) % 11 == 0 || random.nextInt(20) == 0;
      row[i] = isNull ? null : value(COLUMNS.get(i), centers[i]);
    }
    return row;
  }

  private List<WrittenFile> write(List<Object[]> rows) {
    WriteOptions small = new WriteOptions(
        CompressionCodecName.ZSTD, 1, 1, 40_000, 4096, 1 << 20, WriteOptions.defaults().metrics());
    int[] next = {0};
    try (RollingWriter writer = new RollingWriter(
            COLUMNS, small, () -> directory.resolve(next[0]++ + ".parquet").toString());
        TestBatch batch = new TestBatch(COLUMNS, 20)) {
      for (int from = 0; from < rows.size(); from += 20) {
        batch.fill(rows.subList(from, from + 20), from);
        writer.append(batch.address(), TestBatch.all(20), 20);
      }
      return writer.finish();
    }
  }

  /** A test of one row: true, false, or null for unknown; with its binary form. */
  private interface Test3 {
    Boolean of(Object[] row);
  }

  private record Filter(Test3 test, byte[] form) {}

  private Filter filter(int depth) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    int kind = depth == 0 ? 3 : random.nextInt(4);
    if (kind == 0) {
      Filter inner = filter(depth - 1);
      out.writeByte(PredicateForm.NOT);
      out.write(inner.form);
      return new Filter(row -> inner.test.of(row) == null ? null : !inner.test.of(row), bytes.toByteArray());
    }
    if (kind < 3) {
      Filter left = filter(depth - 1);
      Filter right = filter(depth - 1);
      out.writeByte(kind == 1 ? PredicateForm.AND : PredicateForm.OR);
      out.writeShort(2);
      out.write(left.form);
      out.write(right.form);
      boolean decides = kind == 2;
      return new Filter(row -> combine(left.test.of(row), right.test.of(row), decides), bytes.toByteArray());
    }
    Test3 leaf = leaf(out);
    return new Filter(leaf, bytes.toByteArray());
  }

  private static Boolean combine(Boolean left, Boolean right, boolean decides) {
    if (left != null && left == decides || right != null && right == decides) {
      return decides;
    }
    return left == null || right == null ? null : (Boolean) !decides;
  }

  private Test3 leaf(DataOutputStream out) throws IOException {
    int index = random.nextInt(COLUMNS.size());
    TableColumn column = COLUMNS.get(index);
    int kind = random.nextInt(10);
    if (kind < 2) {
      out.writeByte(kind == 0 ? PredicateForm.IS_NULL : PredicateForm.IS_NOT_NULL);
      out.writeInt(column.fieldId());
      return row -> row[index] == null == (kind == 0);
    }
    if (kind == 2 && column.kind() == ValueKind.STRING) {
      byte[] prefix = Arrays.copyOf((byte[]) value(column, random.nextInt(200) - 100), 3);
      out.writeByte(PredicateForm.PREFIX);
      out.writeInt(column.fieldId());
      out.writeByte(PredicateForm.FLAG_EQUAL_BYTES);
      constant(out, column, prefix);
      return row -> row[index] == null ? null : (Boolean) begins((byte[]) row[index], prefix);
    }
    int flags = random.nextInt(4);
    return kind == 3 ? in(out, index, flags) : comparison(out, index, flags);
  }

  private static boolean begins(byte[] value, byte[] prefix) {
    return value.length >= prefix.length && Arrays.equals(Arrays.copyOf(value, prefix.length), prefix);
  }

  private Test3 in(DataOutputStream out, int index, int flags) throws IOException {
    TableColumn column = COLUMNS.get(index);
    out.writeByte(PredicateForm.IN);
    out.writeInt(column.fieldId());
    out.writeByte(flags);
    int count = 1 + random.nextInt(4);
    out.writeShort(count);
    List<Object> constants = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Object constant = random.nextInt(15) == 0 ? null : value(column, random.nextInt(200) - 100);
      constants.add(constant);
      constant(out, column, constant);
    }
    return row -> {
      Boolean result = false;
      for (Object each : constants) {
        Boolean equal = compare(column, row[index], each) == null ? null : compare(column, row[index], each) == 0;
        result = combine(result, equal, true);
      }
      return result;
    };
  }

  private Test3 comparison(DataOutputStream out, int index, int flags) throws IOException {
    TableColumn column = COLUMNS.get(index);
    int operator = random.nextInt(6);
    Object constant = random.nextInt(30) == 0 ? null : value(column, random.nextInt(200) - 100);
    out.writeByte(PredicateForm.EQUAL + operator);
    out.writeInt(column.fieldId());
    out.writeByte(flags);
    constant(out, column, constant);
    // Without the flag the order is some other collation's: reversed here, which no bound can follow.
    boolean reversed = column.kind() == ValueKind.STRING && (flags & PredicateForm.FLAG_BYTE_ORDER) == 0;
    return row -> {
      Integer order = compare(column, row[index], constant);
      return order == null ? null : (Boolean) holds(operator, reversed ? -order : order);
    };
  }

  private static boolean holds(int operator, int order) {
    return switch (operator + PredicateForm.EQUAL) {
      case PredicateForm.EQUAL -> order == 0;
      case PredicateForm.NOT_EQUAL -> order != 0;
      case PredicateForm.LESS -> order < 0;
      case PredicateForm.LESS_OR_EQUAL -> order <= 0;
      case PredicateForm.GREATER -> order > 0;
      default -> order >= 0;
    };
  }

  /** PostgreSQL's order; null when one side is null. */
  private static Integer compare(TableColumn column, Object left, Object right) {
    if (left == null || right == null) {
      return null;
    }
    return switch (column.kind()) {
      case DOUBLE -> floats((Double) left, (Double) right);
      case REAL -> floats((Float) left, (Float) right);
      case NUMERIC -> Comparator.<BigDecimal>nullsLast(Comparator.naturalOrder())
          .compare(decimal((byte[]) left), decimal((byte[]) right));
      case UUID, STRING, BYTES, TEXT_FORM -> Arrays.compareUnsigned((byte[]) left, (byte[]) right);
      case BOOLEAN -> Boolean.compare((Boolean) left, (Boolean) right);
      default -> Long.compare(((Number) left).longValue(), ((Number) right).longValue());
    };
  }

  private static int floats(double left, double right) {
    return left == right ? 0 : Double.compare(left, right);
  }

  private static BigDecimal decimal(byte[] numeric) {
    if (Arrays.equals(numeric, Values.NUMERIC_NAN)) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(numeric).order(ByteOrder.LITTLE_ENDIAN);
    int header = bytes.getShort();
    int weight = header << 25 >> 25;
    BigDecimal value = BigDecimal.ZERO;
    for (int exponent = weight; bytes.hasRemaining(); exponent--) {
      value = value.add(BigDecimal.valueOf(bytes.getShort()).scaleByPowerOfTen(4 * exponent));
    }
    return (header & 0x2000) != 0 ? value.negate() : value;
  }

  private static void constant(DataOutputStream out, TableColumn column, Object value) throws IOException {
    out.writeByte(column.kind().ordinal());
    if (value == null) {
      out.writeInt(-1);
      return;
    }
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    switch (value) {
      case Integer number -> bytes.putInt(number);
      case Long number -> bytes.putLong(number);
      case Float number -> bytes.putFloat(number);
      case Double number -> bytes.putDouble(number);
      case Boolean truth -> bytes.put((byte) (truth ? 1 : 0));
      default -> bytes = ByteBuffer.wrap((byte[]) value).position(((byte[]) value).length);
    }
    out.writeInt(bytes.position());
    out.write(bytes.array(), 0, bytes.position());
  }

  @Test
  void nothingThatPassesIsPruned() throws IOException {
    List<Object[]> rows = rows();
    List<WrittenFile> files = write(rows);
    assertTrue(files.size() > 3, files.size() + " files");
    long prunedGroups = 0;
    long prunedFiles = 0;
    for (int i = 0; i < 400; i++) {
      Filter filter = filter(random.nextInt(4));
      Predicate predicate = PredicateReader.read(new DataInputStream(new ByteArrayInputStream(filter.form)));
      FilePruner pruner = new FilePruner(predicate, COLUMNS);
      Set<Long> kept = new HashSet<>();
      List<ScanFile> scanned = files.stream().map(file -> new ScanFile(
          new DataFile(file.path(), file.bytes(), file.rows(), file.firstRow(), file.lastRow(), true, 0, 0, null),
          pruner.mayMatch(file.metrics()))).toList();
      try (TableScan scan = new TableScan(scanned, List.of(), pruner)) {
        for (long batch = scan.next(); batch != 0; batch = scan.next()) {
          TestBatch.read(batch, List.of()).forEach(row -> kept.add(Long.parseLong(row)));
        }
        prunedGroups += scan.counters().rowGroupsPruned;
        prunedFiles += scan.counters().filesPruned;
      }
      for (int row = 0; row < rows.size(); row++) {
        if (Boolean.TRUE.equals(filter.test.of(rows.get(row))) && !kept.contains((long) row)) {
          assertEquals("kept", "pruned", "row " + Arrays.deepToString(rows.get(row)) + " by " + predicate);
        }
      }
    }
    assertTrue(prunedGroups > 1000, prunedGroups + " row groups pruned");
    assertTrue(prunedFiles > 0, prunedFiles + " files pruned");
  }
}
