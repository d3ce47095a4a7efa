package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What tam_sqlite_log.c gathers reaches the log in time and in full: after every transaction the file and its log
 * alone, without the memory that connections share, give what was committed.
 */
class LogGatheringTest {
  /** So few kilobytes in memory that transactions go back to frames that they have written already. */
  private static final int VERY_SMALL = 32;
  /** So few that larger transactions write to the log before they commit, but seldom go back. */
  private static final int SMALL = 128;

  @TempDir
  private Path directory;

  private final List<TableFile> connections = new ArrayList<>();
  private final ReadBatch batch = new ReadBatch(4 << 20);
  private Path path;

  private static TableFileOptions options(int cacheKilobytes) {
    return new TableFileOptions(false, 1000, 1000, cacheKilobytes);
  }

  private void open(int cacheKilobytes) {
    path = directory.resolve("t.sqlite");
    connections.add(TableFile.create(path.toString(), options(cacheKilobytes)));
    connections.add(TableFile.open(path.toString(), options(cacheKilobytes)));
  }

  @AfterEach
  void close() {
    connections.forEach(TableFile::close);
    batch.close();
  }

  private static void insert(TableFile file, long first, int rows, int tupleBytes) {
    try (WriteBatch write = new WriteBatch(1024 + (long) rows * (tupleBytes + 80))) {
      for (int i = 0; i < rows; i++) {
        write.add(first + i, Tuples.ofSize(tupleBytes));
      }
      file.insert(write.address(), rows);
    }
  }

  /** Row numbers and xmax as a recovery from the log finds them. */
  private TreeMap<Long, Long> recovered() throws IOException {
    Path copy = Files.createTempDirectory(directory, "copy").resolve("t.sqlite");
    Files.copy(path, copy);
    Files.copy(Path.of(path + "-wal"), Path.of(copy + "-wal"));
    TreeMap<Long, Long> rows = new TreeMap<>();
    try (TableFile file = TableFile.open(copy.toString(), options(SMALL))) {
      assertEquals("", file.integrityProblems());
      batch.readAll(file).forEach(row -> rows.put(row.row(), row.xmax()));
    }
    return rows;
  }

  @Test
  void framesOfARollbackDoNotOverwriteAnothersCommit() throws IOException {
    open(SMALL);
    TableFile first = connections.get(0);
    TableFile second = connections.get(1);
    int rows = 0;
    // In an empty log a rollback reads nothing, so what was gathered is still there. Some size leaves some.
    for (int count = 160; count > 60; count -= 2) {
      assertTrue(second.checkpoint());
      first.begin();
      insert(first, 100_000, count, 1900);
      first.rollback();
      second.begin();
      insert(second, rows, 160, 1900);
      second.commit();
      rows += 160;
      assertEquals(rows, first.countRows());
      assertEquals(rows - 1, first.maxRow());
    }
    assertEquals("", second.integrityProblems());
    first.close();
    assertEquals(rows, recovered().size());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void anyTransactionIsWholeInTheLog(long seed) throws IOException {
    open(seed % 2 == 0 ? SMALL : VERY_SMALL);
    Random random = new Random(seed);
    TreeMap<Long, Long> committed = new TreeMap<>();
    long nextRow = 0;
    for (int transaction = 0; transaction < 60; transaction++) {
      TableFile file = connections.get(random.nextInt(2));
      TreeMap<Long, Long> rows = new TreeMap<>(committed);
      file.begin();
      for (int steps = 1 + random.nextInt(4); steps > 0; steps--) {
        int count = random.nextInt(3) == 0 ? 1 + random.nextInt(250) : 1;
        insert(file, nextRow, count, 50 + random.nextInt(1800));
        for (int i = 0; i < count; i++) {
          rows.put(nextRow++, 0L);
        }
        for (int changes = random.nextInt(count + 1); changes > 0; changes--) {
          long row = rows.ceilingKey(random.nextLong(nextRow));
          long xmax = 1 + random.nextInt(1 << 30);
          file.setHeader(row, 1, xmax, 0, -1);
          rows.put(row, xmax);
        }
      }
      if (random.nextInt(3) == 0) {
        file.rollback();
        // Row numbers of a rollback may be used again.
        nextRow = committed.isEmpty() ? 0 : committed.lastKey() + 1;
      } else {
        file.commit();
        committed = rows;
      }
      if (random.nextInt(8) == 0) {
        file.checkpointIfLong();
      }
      if (transaction % 3 == 0) {
        assertEquals(committed, recovered());
      }
    }
    assertEquals(committed, recovered());
  }
}
