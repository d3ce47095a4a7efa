package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.am.RelationKey;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/** The session's open files. */
class TableFileCacheTest {
  @TempDir
  private Path directory;

  private TableFileCache cache;

  @BeforeEach
  void open() {
    cache = new TableFileCache(directory.toString(), TableFileOptions.DEFAULT, 4);
  }

  @AfterEach
  void close() {
    cache.close();
  }

  private static RelationKey relation(int number) {
    return new RelationKey(0, 5, number, -1);
  }

  private static void insert(TableFile file, long row) {
    try (WriteBatch write = new WriteBatch(4096)) {
      write.add(row, Tuples.ofSize(50)).insertInto(file);
    }
  }

  private long openDescriptors() throws IOException {
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      return links.filter(this::isOurs).count();
    }
  }

  private boolean isOurs(Path link) {
    try {
      return Files.readSymbolicLink(link).startsWith(directory);
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aFileIsOpenedOnce() {
    TableFile file = cache.create(relation(1));
    assertSame(file, cache.get(relation(1)));
    assertSame(file, cache.get(new RelationKey(0, 5, 1, -1)));
    assertEquals(directory + "/sqlite_heap/5/1.sqlite", file.path());
    assertEquals(file.path(), cache.path(relation(1)));
  }

  @Test
  void theLeastRecentlyUsedIsClosed() throws IOException {
    TableFile first = cache.create(relation(1));
    for (int number = 2; number <= 4; number++) {
      insert(cache.create(relation(number)), 0);
    }
    insert(first, 0);
    assertSame(first, cache.get(relation(1)));
    assertEquals(4 * TableFileCache.DESCRIPTORS_PER_FILE, openDescriptors());
    cache.create(relation(5));
    assertEquals(4, cache.size());
    assertTrue(cache.contains(relation(1)));
    assertFalse(cache.contains(relation(2)));
    assertTrue(openDescriptors() <= 4 * TableFileCache.DESCRIPTORS_PER_FILE);
    assertEquals(1, cache.get(relation(2)).countRows());
    assertFalse(cache.contains(relation(3)));
  }

  @Test
  void anUnsyncedFileIsSyncedBeforeItIsClosed() {
    TableFile first = cache.create(relation(1));
    insert(first, 0);
    assertTrue(first.isUnsynced());
    for (int number = 2; number <= 5; number++) {
      cache.create(relation(number));
    }
    assertFalse(cache.contains(relation(1)));
    assertFalse(first.isUnsynced());
  }

  @Test
  void aFileInATransactionStaysOpen() {
    TableFile first = cache.create(relation(1));
    first.begin();
    for (int number = 2; number <= 9; number++) {
      cache.create(relation(number));
    }
    assertTrue(cache.contains(relation(1)));
    first.commit();
    cache.limit(1);
    assertEquals(1, cache.size());
    assertTrue(cache.contains(relation(9)));
  }

  @Test
  void aMissingFileIsAnErrorAndNoEntry() {
    TamarackException failure = assertThrows(TamarackException.class, () -> cache.get(relation(1)));
    assertEquals(SqlState.UNDEFINED_FILE, failure.sqlState());
    assertFalse(cache.contains(relation(1)));
    cache.create(relation(1));
    cache.get(relation(1));
  }

  @Test
  void aForgottenFileIsOpenedAgain() {
    TableFile file = cache.create(relation(1));
    cache.get(relation(1));
    cache.forget(relation(1));
    cache.forget(relation(1));
    assertNotSame(file, cache.get(relation(1)));
    TableFile again = cache.create(relation(1));
    assertSame(again, cache.get(relation(1)));
  }

  @Test
  void temporaryFilesAreNeverSynced() {
    RelationKey temporary = new RelationKey(0, 5, 7, 3);
    TableFile file = cache.create(temporary);
    insert(file, 0);
    assertFalse(file.isUnsynced());
    assertEquals(directory + "/sqlite_heap/5/t3_7.sqlite", file.path());
  }

  @Test
  void filesGiveTheirMemoryBackAndWorkOn() {
    cache.limit(40);
    for (int round = 0; round < 5; round++) {
      for (int number = 1; number <= 40; number++) {
        TableFile file = round == 0 ? cache.create(relation(number)) : cache.get(relation(number));
        insert(file, round);
        assertEquals(round + 1, file.countRows());
      }
    }
  }

  @Test
  void twoHundredFilesNeedFewDescriptors() throws IOException {
    for (int number = 1; number <= 200; number++) {
      insert(cache.create(relation(number)), number);
    }
    assertTrue(openDescriptors() <= 4 * TableFileCache.DESCRIPTORS_PER_FILE);
    for (int number = 1; number <= 200; number++) {
      assertEquals(number, cache.get(relation(number)).maxRow());
    }
    assertTrue(openDescriptors() <= 4 * TableFileCache.DESCRIPTORS_PER_FILE);
    cache.close();
    assertEquals(0, openDescriptors());
  }
}
