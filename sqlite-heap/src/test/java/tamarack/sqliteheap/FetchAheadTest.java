package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tamarack.tuple.Memory;

/** Single fetches, which read ahead when they come in order: they must never miss a commit. */
class FetchAheadTest {
  private static final TableFileOptions OPTIONS = TableFileOptions.DEFAULT.withoutFsync();
  private static final int ROWS = 1000;

  @TempDir
  private Path directory;

  private TableFile file;
  private TableFile other;
  private final ReadBatch batch = new ReadBatch(1 << 20);

  @BeforeEach
  void create() {
    String path = directory.resolve("t.sqlite").toString();
    file = TableFile.create(path, OPTIONS);
    other = TableFile.open(path, OPTIONS);
  }

  @AfterEach
  void close() {
    file.close();
    other.close();
    batch.close();
  }

  private void insert(TableFile into, int first, int rows, int step, int bytes) {
    try (WriteBatch write = new WriteBatch(1024 + rows * (bytes + 80L))) {
      for (int i = 0; i < rows; i++) {
        write.add(first + (long) i * step, Tuples.ofSize(bytes));
      }
      write.insertInto(into);
    }
  }

  private static void setXmax(TableFile in, long row, long xmax) {
    in.begin();
    assertTrue(in.setHeader(row, 1000, xmax, 0, -1));
    in.commit();
  }

  private static void delete(TableFile from, long row) {
    long array = Memory.allocate(8);
    Memory.putLong(array, row);
    from.begin();
    assertEquals(1, from.delete(array, 1));
    from.commit();
    Memory.free(array);
  }

  private long fetchXmax(long row) {
    assertEquals(1, batch.fetch(file, row), "row " + row);
    assertEquals(row, batch.rows().getFirst().row());
    assertEquals(1, batch.count());
    assertEquals(-1, batch.resumeRow());
    return batch.rows().getFirst().xmax();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 16, 17, 100})
  void everyRowIsFoundUpwardsAndDownwards(int step) {
    insert(file, 3, ROWS, step, 40);
    byte[] image = Tuples.image(Tuples.ofSize(40));
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < ROWS; i++) {
        assertEquals(0, fetchXmax(3 + (long) i * step));
        assertArrayEquals(image, batch.rows().getFirst().image());
      }
      for (int i = ROWS - 1; i >= 0; i--) {
        assertEquals(0, fetchXmax(3 + (long) i * step));
      }
    }
  }

  @Test
  void missingRowsAreMissing() {
    insert(file, 0, ROWS, 3, 40);
    for (int row = 0; row < 3 * ROWS + 100; row++) {
      assertEquals(row % 3 == 0 && row < 3 * ROWS ? 1 : 0, batch.fetch(file, row), "row " + row);
    }
    for (int row = 3 * ROWS + 100; row >= 0; row--) {
      assertEquals(row % 3 == 0 && row < 3 * ROWS ? 1 : 0, batch.fetch(file, row), "row " + row);
      assertEquals(row % 3 == 0 && row < 3 * ROWS ? 1 : 0, batch.count());
    }
  }

  @Test
  void aCommitOfAnotherConnectionIsSeenAtOnce() {
    insert(file, 0, ROWS, 2, 40);
    for (int row = 0; row < 500; row += 2) {
      assertEquals(0, fetchXmax(row));
      if (row % 20 == 0) {
        setXmax(other, row + 2, 7);
        assertEquals(7, fetchXmax(row + 2));
        setXmax(other, row + 2, 0);
        assertEquals(0, batch.fetch(file, row + 3));
        insert(other, row + 3, 1, 1, 40);
        assertEquals(1, batch.fetch(file, row + 3));
        delete(other, row + 3);
        assertEquals(0, batch.fetch(file, row + 3));
      }
    }
  }

  @Test
  void ownChangesAreSeenInTheirTransactionAndNotAfterItsRollback() {
    insert(file, 0, ROWS, 1, 40);
    for (int row = 0; row < 100; row++) {
      assertEquals(0, fetchXmax(row));
    }
    file.begin();
    file.setHeader(101, 1000, 9, 0, -1);
    for (int row = 95; row < 110; row++) {
      assertEquals(row == 101 ? 9 : 0, fetchXmax(row));
    }
    file.rollback();
    for (int row = 95; row < 110; row++) {
      assertEquals(0, fetchXmax(row));
    }
    setXmax(file, 112, 9);
    assertEquals(9, fetchXmax(112));
  }

  @Test
  void checkpointsChangeNothing() {
    insert(file, 0, ROWS, 1, 40);
    for (int row = 0; row < ROWS; row++) {
      assertEquals(0, fetchXmax(row));
      if (row % 30 == 7) {
        setXmax(other, row + 1, 5);
        other.checkpoint();
        assertEquals(5, fetchXmax(row + 1));
        setXmax(other, row + 1, 0);
      }
    }
  }

  @Test
  void largeRowsAreFetchedOneByOne() {
    insert(file, 0, 30, 1, 100_000);
    insert(file, 30, 200, 1, 10_000);
    for (int row = 0; row < 230; row++) {
      fetchXmax(row);
      assertArrayEquals(
          Tuples.image(Tuples.ofSize(row < 30 ? 100_000 : 10_000)), batch.rows().getFirst().image());
    }
  }

  @Test
  void aBatchTooSmallIsReported() {
    insert(file, 0, 100, 1, 400);
    try (ReadBatch small = new ReadBatch(256)) {
      for (int row = 0; row < 100; row++) {
        assertEquals(-1, small.fetch(file, row));
        assertEquals(0, small.count());
        try (ReadBatch exact = new ReadBatch(small.needed())) {
          assertEquals(1, exact.fetch(file, row));
        }
      }
    }
  }

  @Test
  void releasedMemoryIsReadAgain() {
    insert(file, 0, 100, 1, 40);
    for (int row = 0; row < 100; row++) {
      assertEquals(0, fetchXmax(row));
      if (row % 10 == 9) {
        file.markUsed();
        file.releaseMemory();
      }
    }
  }

  @Test
  void randomWorkGivesWhatAMapWouldGive() {
    Random random = new Random(42);
    TreeMap<Long, Long> expected = new TreeMap<>();
    long row = 0;
    for (int step = 0; step < 20_000; step++) {
      row = Math.max(0, row + (random.nextInt(10) == 0 ? random.nextInt(400) - 200 : random.nextInt(4) - 1));
      TableFile writer = random.nextBoolean() ? file : other;
      int action = random.nextInt(40);
      if (action == 0 && !expected.containsKey(row)) {
        insert(writer, (int) row, 1, 1, 40);
        expected.put(row, 0L);
      } else if (action == 1 && expected.containsKey(row)) {
        delete(writer, row);
        expected.remove(row);
      } else if (action == 2 && expected.containsKey(row)) {
        setXmax(writer, row, step);
        expected.put(row, (long) step);
      }
      if (expected.containsKey(row)) {
        assertEquals(expected.get(row), fetchXmax(row));
      } else {
        assertEquals(0, batch.fetch(file, row));
      }
    }
  }
}
