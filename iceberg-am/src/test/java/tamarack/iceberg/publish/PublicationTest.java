package tamarack.iceberg.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tamarack.backend.TamarackException;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;

/** Published tables say, by core's own planning, what was to be published. */
class PublicationTest {
  private static final List<TableColumn> COLUMNS =
      List.of(Values.column(1, ValueKind.INTEGER), Values.column(2, ValueKind.STRING));

  @TempDir
  Path directory;

  private final List<String> expected = new ArrayList<>();

  private void insert(TestTable table, int from, int to) {
    List<Object[]> rows = new ArrayList<>();
    for (int i = from; i < to; i++) {
      Object[] row = {i, Values.text("row " + i)};
      rows.add(row);
      expected.add(TestBatch.expected(i, row, COLUMNS));
    }
    table.insert(rows);
  }

  private void delete(TestTable table, int file, int firstOfFile, long... positions) {
    table.delete(file, positions);
    for (long position : positions) {
      int number = firstOfFile + (int) position;
      expected.remove(TestBatch.expected(number, new Object[] {number, Values.text("row " + number)}, COLUMNS));
    }
  }

  private void check(TestTable table) {
    assertEquals(expected.stream().sorted().toList(), table.read(-1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void appendsAndRemovals(int formatVersion) {
    TestTable table = new TestTable(directory, formatVersion, COLUMNS);
    PublishedState empty = table.publish();
    assertEquals(-1, empty.snapshotId());
    check(table);
    insert(table, 0, 10);
    insert(table, 10, 20);
    long first = table.publish().snapshotId();
    check(table);
    List<String> before = table.read(first);
    table.files.removeFirst();
    expected.removeIf(row -> Integer.parseInt(row.substring(0, row.indexOf('|'))) < 10);
    insert(table, 20, 30);
    long second = table.publish().snapshotId();
    check(table);
    assertNotEquals(first, second);
    assertEquals(before, table.read(first), "time travel");
    assertEquals(formatVersion, table.metadata().formatVersion());
    assertEquals(second, table.publish().snapshotId(), "nothing changed");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void deletesGrowAndGo(int formatVersion) {
    TestTable table = new TestTable(directory, formatVersion, COLUMNS);
    insert(table, 0, 100);
    insert(table, 100, 200);
    delete(table, 0, 0, 1, 50, 99);
    table.publish();
    check(table);
    delete(table, 0, 0, 0, 51);
    delete(table, 1, 100, 7);
    long second = table.publish().snapshotId();
    check(table);
    List<Long> counts = new ArrayList<>();
    Snapshot snapshot = table.metadata().snapshot(second);
    snapshot.deleteManifests(table.io()).forEach(manifest ->
        ManifestFiles.readDeleteManifest(manifest, table.io(), table.metadata().specsById()).forEach(file -> {
          counts.add(file.recordCount());
          assertEquals(formatVersion == 3 ? FileFormat.PUFFIN : FileFormat.PARQUET, file.format());
        }));
    assertEquals(List.of(1L, 5L), counts.stream().sorted().toList(), "one delete file for each data file");
    table.files.remove(1);
    expected.removeIf(row -> Integer.parseInt(row.substring(0, row.indexOf('|'))) >= 100);
    table.publish();
    check(table);
    table.files.clear();
    expected.clear();
    table.publish();
    check(table);
  }

  @Test
  void version1HasNoDeletes() {
    TestTable table = new TestTable(directory, 1, COLUMNS);
    insert(table, 0, 3);
    delete(table, 0, 0, 1);
    TamarackException refused = assertThrows(TamarackException.class, table::publish);
    assertEquals("0A000", refused.sqlState());
    assertTrue(refused.hint().contains("format-version"));
  }

  @Test
  void deletesSurviveTheUpgradeToVersion3() {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    insert(table, 0, 100);
    insert(table, 100, 200);
    delete(table, 0, 0, 5);
    delete(table, 1, 100, 6);
    table.publish();
    table.formatVersion = 3;
    delete(table, 1, 100, 7);
    table.publish();
    check(table);
    assertEquals(3, table.metadata().formatVersion());
    assertEquals(200, insertAndNextRowId(table) - 10);
  }

  private long insertAndNextRowId(TestTable table) {
    insert(table, 200, 210);
    table.publish();
    check(table);
    return table.metadata().nextRowId();
  }

  @Test
  void columnsAndPropertiesChange() {
    TestTable table = new TestTable(directory, 3, COLUMNS);
    table.properties.put("a", "1");
    table.properties.put("b", "1");
    insert(table, 0, 3);
    table.publish();
    TableColumn added = Values.column(5, ValueKind.BIGINT);
    table.columns = List.of(
        new TableColumn(2, "renamed", COLUMNS.get(1).type(), false, "a comment", null),
        new TableColumn(5, "added", added.type(), false, null, 42L));
    table.properties.remove("a");
    table.properties.put("b", "2");
    table.publish();
    assertEquals(
        List.of("0|726f772030|2a00000000000000", "1|726f772031|2a00000000000000", "2|726f772032|2a00000000000000"),
        table.read(-1));
    assertEquals("a comment", table.metadata().schema().findField("renamed").doc());
    assertEquals(42L, table.metadata().schema().findField("added").initialDefault());
    assertEquals(java.util.Map.of("b", "2"), table.metadata().properties());
    assertEquals(5, table.metadata().lastColumnId());
  }

  @Test
  void timeNeverGoesBack() {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    table.timestamp = System.currentTimeMillis() + 3_600_000;
    insert(table, 0, 3);
    table.publish();
    long first = table.metadata().lastUpdatedMillis();
    table.timestamp -= 7_200_000;
    table.properties.put("a", "1");
    table.publish();
    insert(table, 3, 6);
    table.publish();
    check(table);
    assertTrue(table.metadata().lastUpdatedMillis() >= first);
    assertTrue(table.metadata().currentSnapshot().timestampMillis() >= first);
  }

  @Test
  void metadataNamesThePublishedRoot() {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    table.publishedRoot = "/srv/lake/events";
    insert(table, 0, 3);
    delete(table, 0, 0, 1);
    table.publish();
    check(table);
    Snapshot snapshot = table.metadata().currentSnapshot();
    assertTrue(snapshot.manifestListLocation().startsWith("/srv/lake/events/metadata/"));
    snapshot.allManifests(table.io()).forEach(manifest ->
        assertTrue(manifest.path().startsWith("/srv/lake/events/metadata/")));
  }

  @Test
  void aThousandSmallPublicationsStaySmall() throws IOException {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    long written = 0;
    for (int i = 0; i < 1000; i++) {
      if (i % 50 == 0) {
        // What VACUUM does from time to time: one file instead of many.
        table.files.clear();
        insert(table, i, i + 1);
      } else {
        insert(table, i, i + 1);
      }
      PublishedState published = table.publish();
      for (String path : published.created()) {
        written += Files.size(directory.resolve(path));
      }
      for (String path : published.obsolete()) {
        Files.deleteIfExists(directory.resolve(path));
      }
    }
    long onDisk = sizes("metadata");
    assertTrue(onDisk < 20L << 20, "metadata on disk: " + onDisk);
    assertTrue(written < 1000 * 30_000, "metadata written: " + written);
    assertEquals(50, table.read(-1).size());
    table.metadata().snapshots().forEach(snapshot -> table.read(snapshot.snapshotId()));
    assertNoOrphans(table);
  }

  private long sizes(String folder) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(folder))) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  /** Every file in the folder is reached from the metadata, after what was said to be obsolete has gone. */
  private void assertNoOrphans(TestTable table) throws IOException {
    Set<String> reached = new HashSet<>();
    reached.add(table.io().published(table.previous));
    table.metadata().previousFiles().forEach(entry -> reached.add(entry.file()));
    for (Snapshot snapshot : table.metadata().snapshots()) {
      reached.add(snapshot.manifestListLocation());
      snapshot.allManifests(table.io()).forEach(manifest -> reached.add(manifest.path()));
    }
    try (Stream<Path> files = Files.walk(directory.resolve("metadata"))) {
      assertEquals(List.of(), files.filter(Files::isRegularFile).map(Path::toString)
          .filter(path -> !reached.contains(path)).limit(5).toList());
    }
  }

  @Test
  void damagedMetadataIsNamedAndNothingIsLeft() throws IOException {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    insert(table, 0, 3);
    table.publish();
    Path metadata = directory.resolve(table.previous);
    Files.write(metadata, new byte[] {1, 2, 3});
    TamarackException damaged = assertThrows(TamarackException.class, table::publish);
    assertEquals("XX001", damaged.sqlState());
    assertTrue(damaged.getMessage().contains(metadata.toString()));
    Files.delete(metadata);
    TamarackException missing = assertThrows(TamarackException.class, table::publish);
    assertEquals("58P01", missing.sqlState());
  }

  @Test
  void aFailureLeavesNoFile() throws IOException {
    TestTable table = new TestTable(directory, 2, COLUMNS);
    insert(table, 0, 3);
    table.publish();
    long before = sizes("metadata");
    table.files.add(new LiveFile("data/x.parquet", 1, new byte[] {9}, new long[0]));
    delete(table, 0, 0, 1);
    assertThrows(TamarackException.class, table::publish);
    assertEquals(before, sizes("metadata"));
    try (Stream<Path> files = Files.list(directory.resolve("data"))) {
      assertFalse(files.anyMatch(file -> file.toString().contains("deletes")));
    }
  }
}
