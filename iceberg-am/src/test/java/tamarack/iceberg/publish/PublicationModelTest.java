package tamarack.iceberg.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;

/**
 * Random histories of inserts, deletes and dropped files, many steps between two publications: every published snapshot
 * shows the state it was made from, as long as it is kept, although obsolete files are removed all the time.
 */
class PublicationModelTest {
  private static final List<TableColumn> COLUMNS =
      List.of(Values.column(1, ValueKind.INTEGER), Values.column(2, ValueKind.STRING));

  @TempDir
  Path directory;

  /** The live rows of each file by position; null for a deleted one. */
  private final List<List<String>> model = new ArrayList<>();
  private int nextRow;

  private void insert(TestTable table, Random random) {
    List<Object[]> rows = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (int i = random.nextInt(30); i >= 0; i--) {
      Object[] row = {nextRow, Values.text("r" + random.nextInt(100))};
      rows.add(row);
      texts.add(TestBatch.expected(nextRow++, row, COLUMNS));
    }
    table.insert(rows);
    model.add(texts);
  }

  private void delete(TestTable table, Random random) {
    int file = random.nextInt(model.size());
    TreeSet<Long> positions = new TreeSet<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int position = random.nextInt(model.get(file).size());
      positions.add((long) position);
      model.get(file).set(position, null);
    }
    table.delete(file, positions.stream().mapToLong(Long::longValue).toArray());
  }

  private void drop(TestTable table, Random random) {
    int file = random.nextInt(model.size());
    model.remove(file);
    table.files.remove(file);
  }

  private List<String> live() {
    return model.stream().flatMap(List::stream).filter(row -> row != null).sorted().toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void everySnapshotShowsItsState(int formatVersion) throws Exception {
    Random random = new Random(formatVersion);
    TestTable table = new TestTable(directory, formatVersion, COLUMNS);
    table.properties.put("tamarack.history.max-snapshots", "10");
    table.properties.put("write.metadata.previous-versions-max", "5");
    table.properties.put("commit.manifest.min-count-to-merge", "4");
    Map<Long, List<String>> states = new HashMap<>();
    for (int step = 0; step < 250; step++) {
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> insert(table, random);
        case 3, 4, 5, 6 -> {
          if (!model.isEmpty()) {
            delete(table, random);
          }
        }
        case 7 -> {
          if (!model.isEmpty()) {
            drop(table, random);
          }
        }
        default -> publish(table, states);
      }
    }
    publish(table, states);
    assertTrue(table.metadata().snapshots().size() <= 15, "snapshots kept");
    assertTrue(states.size() > 30, "snapshots made");
    table.metadata().snapshots().forEach(snapshot ->
        assertEquals(states.get(snapshot.snapshotId()), table.read(snapshot.snapshotId())));
  }

  private void publish(TestTable table, Map<Long, List<String>> states) throws Exception {
    PublishedState published = table.publish();
    for (String path : published.obsolete()) {
      assertTrue(Files.deleteIfExists(directory.resolve(path)), path + " is named once");
    }
    assertEquals(live(), table.read(-1));
    if (published.snapshotId() >= 0) {
      states.put(published.snapshotId(), live());
    }
  }
}
