package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.tuple.Memory;

/** What was noted about pruned rows is what is read. */
class PrunedRowsTest {
  private static final int LIMIT = 1 << 20;

  @TempDir
  private Path directory;

  private TableFile file;
  private final long bits = Memory.allocate(LIMIT / 8);

  @BeforeEach
  void make() {
    file = TableFile.create(
        directory.resolve("t.sqlite").toString(), TableFileOptions.DEFAULT.withoutFsync());
  }

  @AfterEach
  void close() {
    file.close();
    Memory.free(bits);
  }

  private void note(TreeSet<Long> rows) {
    long memory = Memory.allocate(8L * rows.size());
    int count = 0;
    for (long row : rows) {
      Memory.putLong(memory + 8L * count++, row);
    }
    file.begin();
    PrunedRows.note(file, memory, count);
    file.commit();
    Memory.free(memory);
  }

  private TreeSet<Long> marked() {
    Memory.fill(bits, LIMIT / 8, (byte) 0);
    PrunedRows.mark(file, bits, LIMIT);
    TreeSet<Long> rows = new TreeSet<>();
    for (long row = 0; row < LIMIT; row++) {
      if ((Memory.getByte(bits + row / 8) & 1 << row % 8) != 0) {
        rows.add(row);
      }
    }
    return rows;
  }

  @Test
  void aNewFileHasNone() {
    assertEquals(0, PrunedRows.lastNote(file));
    assertEquals(new TreeSet<>(), marked());
  }

  @Test
  void allNotesAreRead() {
    Random random = new Random(7);
    TreeSet<Long> all = new TreeSet<>();
    for (int i = 0; i < 250; i++) {
      TreeSet<Long> rows = new TreeSet<>();
      int spread = 1 << random.nextInt(20);
      for (int j = random.nextInt(100); j >= 0; j--) {
        rows.add((long) random.nextInt(spread));
      }
      note(rows);
      all.addAll(rows);
    }
    assertEquals(250, PrunedRows.lastNote(file));
    assertEquals(all, marked());
  }

  @Test
  void rowsBeyondTheLimitAreLeftOut() {
    TreeSet<Long> rows = new TreeSet<>();
    rows.add(0L);
    rows.add(LIMIT - 1L);
    rows.add((long) LIMIT);
    rows.add(1L << 40);
    note(rows);
    assertEquals(rows.headSet((long) LIMIT), marked());
  }

  @Test
  void intervalsAreReadAsAllTheirRows() {
    TreeSet<Long> rows = new TreeSet<>();
    rows.add(3L);
    note(rows);
    file.begin();
    PrunedRows.noteInterval(file, 500, 500);
    long own = PrunedRows.noteInterval(file, 0, 0);
    PrunedRows.noteInterval(file, 1000, 1299);
    PrunedRows.noteInterval(file, LIMIT - 2, 1L << 40);
    file.commit();
    rows.add(500L);
    for (long row = 1000; row < 1300; row++) {
      rows.add(row);
    }
    rows.add(LIMIT - 2L);
    rows.add(LIMIT - 1L);
    rows.add(0L);
    assertEquals(rows, marked());
    file.begin();
    PrunedRows.forget(file, 0, own);
    file.commit();
    rows.remove(0L);
    assertEquals(rows, marked());
  }

  @Test
  void forgettingLeavesLaterNotes() {
    TreeSet<Long> first = new TreeSet<>();
    first.add(5L);
    TreeSet<Long> second = new TreeSet<>();
    second.add(6L);
    note(first);
    long last = PrunedRows.lastNote(file);
    note(second);
    file.begin();
    PrunedRows.forget(file, last, 0);
    file.commit();
    assertEquals(second, marked());
  }
}
