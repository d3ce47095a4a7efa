package tamarack.iceberg.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.backend.TamarackException;
import tamarack.iceberg.Values;
import tamarack.iceberg.inspect.Inspection;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;

/** What the inspection functions show, against what was published. */
class InspectionTest {
  private static final List<TableColumn> COLUMNS =
      List.of(Values.column(1, ValueKind.INTEGER), Values.column(2, ValueKind.STRING));

  @TempDir
  Path directory;

  private List<List<String>> rows(TestTable table, String view) {
    return Inspection.rows(view, table.publishedRoot, directory.toString(), table.previous);
  }

  private static List<String> column(List<List<String>> rows, int column) {
    return rows.stream().map(row -> row.get(column)).toList();
  }

  private static List<Object[]> numbers(int from, int to) {
    List<Object[]> rows = new ArrayList<>();
    for (int i = from; i < to; i++) {
      rows.add(new Object[] {i, i % 2 == 0 ? null : Values.text("row " + i)});
    }
    return rows;
  }

  @Test
  void anEmptyTableHasNothingButProperties() {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    table.publish();
    for (String view : List.of("snapshots", "history", "refs", "manifests", "files", "partitions")) {
      assertEquals(List.of(), rows(table, view), view);
    }
  }

  @Test
  void appendsAndDeletes() {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    table.insert(numbers(0, 10));
    table.timestamp += 10_000;
    final long firstTime = table.timestamp;
    String first = Long.toString(table.publish().snapshotId());
    table.insert(numbers(10, 30));
    table.delete(0, 3);
    String second = Long.toString(table.publish().snapshotId());

    List<List<String>> snapshots = rows(table, "snapshots");
    assertEquals(List.of(first, second), column(snapshots, 1));
    assertEquals(Instant.ofEpochMilli(firstTime).toString(), snapshots.getFirst().getFirst());
    assertNull(snapshots.getFirst().get(2));
    assertEquals(first, snapshots.get(1).get(2));
    assertEquals(List.of("append", "overwrite"), column(snapshots, 3));
    assertEquals(List.of("true", "true"), column(rows(table, "history"), 3));
    assertEquals(List.of(List.of("main", "BRANCH", second)), List.of(rows(table, "refs").getFirst().subList(0, 3)));

    List<List<String>> files = rows(table, "files");
    assertEquals(List.of("0", "0", "1"), column(files, 0).stream().sorted().toList());
    List<String> data = files.stream().filter(file -> file.get(5).equals("20")).findFirst().orElseThrow();
    assertEquals("PARQUET", data.get(2));
    assertNull(data.get(4), "no partitions");
    assertEquals("{\"c1\":\"20\",\"c2\":\"20\"}", data.get(7));
    assertEquals("{\"c1\":\"0\",\"c2\":\"10\"}", data.get(8));
    assertEquals("{\"c1\":\"10\",\"c2\":\"row 11\"}", data.get(10));
    assertEquals("{\"c1\":\"29\",\"c2\":\"row 29\"}", data.get(11));
    List<String> whole = rows(table, "partitions").getFirst();
    assertEquals(List.of("0", "30", "2"), whole.subList(1, 4));
    assertEquals(List.of("1", "1"), whole.subList(5, 7));
  }

  @Test
  void partitions() {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    table.partitioning = "bucket(2, c1), c2";
    table.insert(numbers(0, 4));
    table.publish();
    List<List<String>> partitions = rows(table, "partitions");
    assertEquals(4, partitions.stream().mapToLong(row -> Long.parseLong(row.get(2))).sum());
    assertEquals(
        List.of("\"row 1\"", "\"row 3\"", "null"),
        column(partitions, 0).stream()
            .map(each -> each.replaceAll(".*\"c2\":(.*)}", "$1")).distinct().sorted().toList());
  }

  @Test
  void aMissingManifestIsNamed() throws IOException {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    table.insert(numbers(0, 4));
    table.publish();
    table.publishedRoot = directory.toString();
    Path moved = Files.createDirectory(directory.resolve("elsewhere"));
    Path list = Path.of(rows(table, "snapshots").getFirst().get(4));
    Files.move(list, moved.resolve(list.getFileName()));
    TamarackException missing = assertThrows(TamarackException.class, () -> rows(table, "manifests"));
    assertEquals("58P01", missing.sqlState());
  }
}
