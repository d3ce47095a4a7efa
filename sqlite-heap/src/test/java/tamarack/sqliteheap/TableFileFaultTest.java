package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/** Files that are missing, damaged, of somebody else, or on a full disk. */
class TableFileFaultTest {
  private static final TableFileOptions OPTIONS = TableFileOptions.DEFAULT.withoutFsync();

  @TempDir
  private Path directory;

  private Path path;
  private final ReadBatch batch = new ReadBatch(1 << 20);

  @BeforeEach
  void name() {
    path = directory.resolve("t.sqlite");
  }

  @AfterEach
  void free() {
    batch.close();
  }

  /** Makes a file of so many rows, all of them in the database, none in the log. */
  private void make(int rows) {
    try (TableFile file = TableFile.create(path.toString(), OPTIONS)) {
      insert(file, 0, rows);
      assertTrue(file.checkpoint());
    }
  }

  private static void insert(TableFile file, long first, int rows) {
    try (WriteBatch write = new WriteBatch(1024 + rows * 200L)) {
      for (int i = 0; i < rows; i++) {
        write.add(first + i, Tuples.ofSize(100));
      }
      write.insertInto(file);
    }
  }

  private TamarackException openFails() {
    TamarackException failure = assertThrows(
        TamarackException.class, () -> TableFile.open(path.toString(), OPTIONS).close());
    assertTrue(failure.getMessage().contains(path.toString()), failure.getMessage());
    assertNotNull(failure.hint());
    return failure;
  }

  @Test
  void aMissingFileIsNotMadeAgain() {
    assertEquals(SqlState.UNDEFINED_FILE, openFails().sqlState());
    assertFalse(Files.exists(path));
  }

  @Test
  void anEmptyFileIsDamage() throws IOException {
    make(10);
    Path log = Path.of(path + "-wal");
    Files.write(log, new byte[100]);
    Files.write(path, new byte[0]);
    assertEquals(SqlState.DATA_CORRUPTED, openFails().sqlState());
    assertTrue(Files.exists(log), "SQLite would have deleted the log");
  }

  @Test
  void aFileOfSomethingElseIsRefused() throws IOException {
    Files.writeString(path, "id,label\n1,a\n".repeat(1000));
    assertEquals(SqlState.DATA_CORRUPTED, openFails().sqlState());
  }

  @Test
  void aSqliteFileOfSomebodyElseIsRefused() {
    make(10);
    try (TableFile file = TableFile.open(path.toString(), OPTIONS)) {
      file.query("PRAGMA application_id = 7");
    }
    TamarackException failure = openFails();
    assertEquals(SqlState.DATA_CORRUPTED, failure.sqlState());
    assertTrue(failure.getMessage().contains("not made by sqlite_heap"), failure.getMessage());
  }

  @Test
  void aNewerSchemaIsRefused() {
    make(10);
    try (TableFile file = TableFile.open(path.toString(), OPTIONS)) {
      file.query("PRAGMA user_version = 2");
    }
    TamarackException failure = openFails();
    assertEquals(SqlState.FEATURE_NOT_SUPPORTED, failure.sqlState());
    assertTrue(failure.getMessage().contains("version 2"), failure.getMessage());
    assertTrue(failure.getMessage().contains("version 1"), failure.getMessage());
  }

  @Test
  void aTruncatedFileIsDamage() throws IOException {
    make(5000);
    Path sound = directory.resolve("sound.sqlite");
    TableFile other = TableFile.create(sound.toString(), OPTIONS);
    try (RandomAccessFile bytes = new RandomAccessFile(path.toFile(), "rw")) {
      bytes.setLength(bytes.length() / 2);
    }
    TamarackException failure = assertThrows(TamarackException.class, () -> {
      try (TableFile file = TableFile.open(path.toString(), OPTIONS)) {
        batch.readAll(file);
      }
    });
    assertEquals(SqlState.DATA_CORRUPTED, failure.sqlState());
    assertTrue(failure.getMessage().contains(path.toString()), failure.getMessage());
    assertNotNull(failure.hint());
    insert(other, 0, 10);
    assertEquals(10, batch.readAll(other).size());
    other.close();
  }

  @Test
  void overwrittenPagesAreFound() throws IOException {
    make(5000);
    byte[] noise = new byte[4096];
    new Random(1).nextBytes(noise);
    try (RandomAccessFile bytes = new RandomAccessFile(path.toFile(), "rw")) {
      bytes.seek(40 * 4096);
      bytes.write(noise);
    }
    try (TableFile file = TableFile.open(path.toString(), OPTIONS)) {
      assertFalse(file.integrityProblems().isEmpty());
      StoreException failure = assertThrows(StoreException.class, () -> batch.readAll(file));
      assertEquals(SqlState.DATA_CORRUPTED, failure.sqlState());
    }
  }

  @Test
  void aStaleFileIsReplaced() throws IOException {
    make(10);
    TableFile stale = TableFile.open(path.toString(), OPTIONS);
    insert(stale, 10, 10);
    stale.close();
    assertTrue(Files.size(Path.of(path + "-wal")) > 0);
    try (TableFile file = TableFile.create(path.toString(), OPTIONS)) {
      assertEquals(0, file.countRows());
      insert(file, 0, 1);
      assertEquals(1, batch.readAll(file).size());
    }
    Files.writeString(path, "not a database");
    Files.writeString(Path.of(path + "-wal"), "not a log");
    try (TableFile file = TableFile.create(path.toString(), OPTIONS)) {
      assertEquals(0, file.countRows());
    }
  }

  @Test
  void aDirectoryInTheWayIsAnIoError() throws IOException {
    Files.createDirectories(path.resolve("sub"));
    TamarackException failure = assertThrows(
        TamarackException.class, () -> TableFile.create(path.toString(), OPTIONS));
    assertEquals(SqlState.IO_ERROR, failure.sqlState());
  }

  @Test
  void aFullDiskFailsTheStatementAndLosesNothing() {
    make(100);
    try (TableFile file = TableFile.open(path.toString(), OPTIONS)) {
      file.query("PRAGMA max_page_count = " + (file.pageCount() + 2));
      StoreException failure = assertThrows(StoreException.class, () -> insert(file, 100, 1000));
      assertEquals(SqlState.DISK_FULL, failure.sqlState());
      assertTrue(failure.getMessage().contains(path.toString()), failure.getMessage());
      assertFalse(file.inTransaction());
      assertEquals(100, batch.readAll(file).size());
      insert(file, 100, 1);
      assertEquals(101, batch.readAll(file).size());
      assertThrows(StoreException.class, () -> insertHuge(file));
      file.query("PRAGMA max_page_count = 1000000");
      insert(file, 101, 1000);
      assertEquals(1101, batch.readAll(file).size());
      assertEquals("", file.integrityProblems());
    }
  }

  private static void insertHuge(TableFile file) {
    try (WriteBatch write = new WriteBatch(11_000_000)) {
      write.addHuge(500, 10_000_000).insertInto(file);
    }
  }

  @Test
  void aSecondWriterIsToldThatTheFileIsBusy() {
    make(10);
    TableFileOptions impatient = new TableFileOptions(false, 0, 1000, 2048);
    try (TableFile one = TableFile.open(path.toString(), impatient);
        TableFile two = TableFile.open(path.toString(), impatient)) {
      one.begin();
      StoreException failure = assertThrows(StoreException.class, two::begin);
      assertEquals(SqlState.LOCK_NOT_AVAILABLE, failure.sqlState());
      one.commit();
      two.begin();
      two.rollback();
    }
  }

  @Test
  void resultCodesBecomeSqlStates() {
    int[] codes = {5, 7, 9, 10, 11, 13, 14, 18, 26, 10 | 12 << 8, 10 | 4 << 8, 1};
    String[] states = {
      SqlState.LOCK_NOT_AVAILABLE, SqlState.OUT_OF_MEMORY, SqlState.QUERY_CANCELED, SqlState.IO_ERROR,
      SqlState.DATA_CORRUPTED, SqlState.DISK_FULL, SqlState.UNDEFINED_FILE, SqlState.PROGRAM_LIMIT_EXCEEDED,
      SqlState.DATA_CORRUPTED, SqlState.OUT_OF_MEMORY, SqlState.IO_ERROR, SqlState.INTERNAL_ERROR
    };
    for (int i = 0; i < codes.length; i++) {
      assertEquals(states[i], new StoreException(codes[i], "x").sqlState(), "code " + codes[i]);
    }
    assertTrue(new StoreException(10 | 4 << 8, "x").isSyncFailure());
    assertFalse(new StoreException(10 | 3 << 8, "x").isSyncFailure());
  }
}
