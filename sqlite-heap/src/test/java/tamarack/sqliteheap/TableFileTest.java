package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.tuple.Memory;

/** Reading and writing the rows of one file. */
class TableFileTest {
  private static final TableFileOptions OPTIONS = TableFileOptions.DEFAULT.withoutFsync();

  @TempDir
  private Path directory;

  private TableFile file;
  private final ReadBatch batch = new ReadBatch(1 << 20);

  @BeforeEach
  void create() {
    file = TableFile.create(directory.resolve("t.sqlite").toString(), OPTIONS);
  }

  @AfterEach
  void close() {
    file.close();
    batch.close();
  }

  private void insert(long firstRow, int rows, int tupleBytes) {
    try (WriteBatch write = new WriteBatch(1024 + (long) rows * (tupleBytes + 80))) {
      for (int i = 0; i < rows; i++) {
        write.add(firstRow + i, Tuples.ofSize(tupleBytes));
      }
      write.insertInto(file);
    }
  }

  private int delete(long... rows) {
    long array = Memory.allocate(rows.length * 8L);
    try {
      for (int i = 0; i < rows.length; i++) {
        Memory.putLong(array + i * 8L, rows[i]);
      }
      file.begin();
      int deleted = file.delete(array, rows.length);
      file.commit();
      return deleted;
    } finally {
      file.rollback();
      Memory.free(array);
    }
  }

  private List<Long> rowNumbers() {
    return batch.readAll(file).stream().map(ReadBatch.Row::row).toList();
  }

  @Test
  void anEmptyFileHasNoRows() {
    assertEquals(0, batch.scan(file, 0, Long.MAX_VALUE, 100, false));
    assertEquals(-1, batch.resumeRow());
    assertEquals(0, batch.fetch(file, 0));
    assertEquals(-1, file.maxRow());
    assertEquals(0, file.countRows());
    assertEquals("", file.integrityProblems());
    assertEquals(1, file.schemaVersion());
  }

  @Test
  void headerFieldsKeepTheirFullRange() {
    long big = (1L << 47) - 1;
    int info = 0x1fff & 0x7fff;
    try (WriteBatch write = new WriteBatch(4096)) {
      write.add(0, 0, 0, 0, 0, -1, Tuples.ofSize(20));
      write.add(1, big, big, -1, info, big, Tuples.ofSize(20));
      write.add(2, 3, 4, Integer.MIN_VALUE, 1, -2, Tuples.ofSize(20));
      write.insertInto(file);
    }
    List<ReadBatch.Row> rows = batch.readAll(file);
    assertEquals(3, rows.size());
    ReadBatch.Row least = rows.get(0);
    assertEquals(List.of(0L, 0L, 0L, -1L), List.of(least.row(), least.xmin(), least.xmax(), least.next()));
    ReadBatch.Row most = rows.get(1);
    assertEquals(List.of(big, big, big), List.of(most.xmin(), most.xmax(), most.next()));
    assertEquals(-1, most.cid());
    assertEquals(info, most.info());
    assertEquals(-2, rows.get(2).next());
    assertEquals(Integer.MIN_VALUE, rows.get(2).cid());
  }

  @Test
  void aHeaderThatDoesNotFitIsRefused() {
    try (WriteBatch write = new WriteBatch(4096)) {
      write.add(0, 1L << 47, 0, 0, 0, -1, Tuples.ofSize(20));
      assertThrows(StoreException.class, () -> write.insertInto(file));
    }
    insert(0, 1, 20);
    file.begin();
    assertThrows(StoreException.class, () -> file.setHeader(0, 1, 1L << 47, 0, -1));
    file.rollback();
    assertEquals(List.of(0L), rowNumbers());
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 20, 1999, 2000, 2001, 4096, 70_000, 9_000_000})
  void aTupleOfAnySizeComesBackAsItsImage(int bytes) {
    byte[] tuple = Tuples.ofSize(bytes);
    try (WriteBatch write = new WriteBatch(bytes + 4096L); ReadBatch read = new ReadBatch(bytes + 4096L)) {
      write.add(7, tuple).add(8, Tuples.ofSize(30)).insertInto(file);
      assertEquals(1, read.fetch(file, 7));
      assertArrayEquals(Tuples.image(tuple), read.rows().getFirst().image());
      assertEquals(bytes, read.rows().getFirst().blobSize());
      assertEquals(2, read.scan(file, 0, 100, 100, false));
      assertArrayEquals(Tuples.image(tuple), read.rows().getFirst().image());
      assertArrayEquals(Tuples.image(Tuples.ofSize(30)), read.rows().get(1).image());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 9, 72, 73, 1600})
  void nullBitmapsMoveTheData(int attributes) {
    byte[] bitmap = new byte[(attributes + 7) / 8];
    new Random(attributes).nextBytes(bitmap);
    for (int dataBytes : new int[] {0, 1, 5000}) {
      byte[] data = new byte[dataBytes];
      new Random(dataBytes).nextBytes(data);
      byte[] tuple = Tuples.stored(attributes, Tuples.HAS_NULL, bitmap, data);
      try (WriteBatch write = new WriteBatch(8192)) {
        write.add(dataBytes, tuple).insertInto(file);
      }
      assertEquals(1, batch.fetch(file, dataBytes));
      assertArrayEquals(Tuples.image(tuple), batch.rows().getFirst().image());
    }
  }

  @Test
  void aDamagedTupleIsReported() {
    insert(0, 3, 20);
    file.query("UPDATE row_version SET version = zeroblob(25) WHERE rowid = 1");
    assertEquals(SqlState.DATA_CORRUPTED, assertThrows(StoreException.class, () -> batch.fetch(file, 1)).sqlState());
    file.query("UPDATE row_version SET version = zeroblob(24) WHERE rowid = 1");
    assertEquals(SqlState.DATA_CORRUPTED, assertThrows(StoreException.class, () -> batch.fetch(file, 1)).sqlState());
    file.query("UPDATE row_version SET version = x'00' WHERE rowid = 1");
    StoreException failure = assertThrows(StoreException.class, () -> batch.readAll(file));
    assertEquals(SqlState.DATA_CORRUPTED, failure.sqlState());
    assertTrue(failure.getMessage().contains(file.path()), failure.getMessage());
    assertEquals(1, batch.fetch(file, 2));
  }

  @Test
  void aScanResumesWhereTheBatchWasFull() {
    insert(0, 1000, 40);
    try (ReadBatch small = new ReadBatch(64 + 10 * 128)) {
      List<Long> seen = new ArrayList<>();
      for (long next = 0; next >= 0; next = small.resumeRow()) {
        int count = small.scan(file, next, 899, 1000, false);
        assertTrue(count > 0 && count <= 10, "count " + count);
        assertTrue(small.used() <= 64 + 10 * 128);
        small.rows().forEach(row -> seen.add(row.row()));
      }
      assertEquals(LongStream.range(0, 900).boxed().toList(), seen);
    }
  }

  @Test
  void aScanStopsAtItsRowLimit() {
    insert(0, 10, 40);
    assertEquals(4, batch.scan(file, 2, 100, 4, false));
    assertEquals(6, batch.resumeRow());
    assertEquals(4, batch.scan(file, 6, 9, 4, false));
    assertEquals(-1, batch.resumeRow());
    assertEquals(1, batch.scan(file, 9, 9, 4, false));
    assertEquals(-1, batch.resumeRow());
    assertEquals(0, batch.scan(file, 10, 100, 4, false));
    assertEquals(-1, batch.resumeRow());
    assertEquals(0, batch.scan(file, 5, 4, 4, false));
  }

  @Test
  void aBatchTooSmallForOneRowSaysHowLargeItMustBe() {
    insert(0, 1, 50);
    insert(1, 1, 500_000);
    for (int row = 0; row < 2; row++) {
      try (ReadBatch small = new ReadBatch(128)) {
        assertEquals(-1, small.fetch(file, row));
        assertEquals(0, small.scan(file, row, 100, 10, false));
        assertEquals(row, small.resumeRow());
        try (ReadBatch exact = new ReadBatch(small.needed())) {
          assertEquals(1, exact.fetch(file, row));
          assertEquals(small.needed(), exact.used());
        }
        try (ReadBatch tooSmall = new ReadBatch(small.needed() - 1)) {
          assertEquals(-1, tooSmall.fetch(file, row));
        }
      }
    }
    try (ReadBatch one = new ReadBatch(256)) {
      assertEquals(1, one.scan(file, 0, 100, 10, false));
      assertEquals(1, one.resumeRow());
      assertEquals(0, one.needed());
    }
  }

  @Test
  void headersComeWithoutTuples() {
    insert(0, 10, 100_000);
    assertEquals(10, batch.scan(file, 0, 100, 100, true));
    assertEquals(64 + 10 * 64, batch.used());
    assertEquals(0, batch.rows().getFirst().image().length);
    assertEquals(1, batch.fetchHeader(file, 3));
    assertEquals(3, batch.rows().getFirst().row());
    assertEquals(0, batch.fetchHeader(file, 77));
  }

  @Test
  void settingAHeaderChangesNothingElse() {
    insert(0, 3, 40);
    insert(3, 1, 100_000);
    for (long row : new long[] {1, 3}) {
      file.begin();
      assertTrue(file.setHeader(row, 5, 6, 7L << 32 | 0xFFFFFFFFL, 2));
      assertFalse(file.setHeader(99, 5, 6, 7, 2));
      file.commit();
      assertEquals(1, batch.fetch(file, row));
      ReadBatch.Row changed = batch.rows().getFirst();
      assertEquals(List.of(5L, 6L, 2L), List.of(changed.xmin(), changed.xmax(), changed.next()));
      assertEquals(7, changed.info());
      assertEquals(-1, changed.cid());
      assertArrayEquals(Tuples.image(Tuples.ofSize(row == 3 ? 100_000 : 40)), changed.image());
    }
    assertEquals(4, file.countRows());
  }

  @Test
  void settingTheHeaderOfAHugeRowWritesOnePage() {
    insert(0, 1, 20_000_000);
    assertTrue(file.checkpoint());
    long pages = file.pageCount();
    file.begin();
    file.setHeader(0, Integer.MAX_VALUE, Integer.MAX_VALUE, 1L << 44, 1L << 40);
    file.commit();
    assertEquals(pages, file.pageCount());
    assertEquals(1, StoreNatives.walFrames(file.store()));
  }

  @Test
  void rowsAreDeletedInAnyOrder() {
    insert(0, 1000, 30);
    insert(1000, 10, 5000);
    assertEquals(3, delete(5, 900, 1003));
    assertEquals(0, delete(5));
    assertEquals(0, delete(70_000));
    List<Long> dense = new ArrayList<>(LongStream.range(100, 300).filter(row -> row % 3 != 0).boxed().toList());
    Collections.shuffle(dense, new Random(1));
    assertEquals(dense.size(), delete(dense.stream().mapToLong(Long::longValue).toArray()));
    List<Long> left = new ArrayList<>(LongStream.range(0, 1010).boxed().toList());
    left.removeAll(List.of(5L, 900L, 1003L));
    left.removeAll(dense);
    assertEquals(left, rowNumbers());
    assertEquals("9", file.query("SELECT count(*) FROM large_tuple"));
    assertEquals(0, delete());
  }

  @Test
  void truncateKeepsTheFile() {
    insert(0, 1000, 300);
    insert(1000, 5, 50_000);
    file.begin();
    file.truncate();
    file.commit();
    assertEquals(List.of(), rowNumbers());
    assertEquals("0", file.query("SELECT count(*) FROM large_tuple"));
    assertTrue(file.freePages() > 50);
    insert(0, 1, 30);
    assertEquals(0, file.maxRow());
  }

  @Test
  void vacuumGivesPagesBack() {
    insert(0, 1000, 1500);
    long before = file.sizeInBytes();
    file.begin();
    file.truncate();
    file.commit();
    file.vacuum(100);
    long free = file.freePages();
    assertTrue(free > 100);
    file.vacuum(Integer.MAX_VALUE);
    assertEquals(0, file.freePages());
    assertTrue(file.checkpoint());
    assertTrue(file.sizeInBytes() < before / 10, file.sizeInBytes() + " of " + before);
    assertEquals("", file.integrityProblems());
  }

  @Test
  void maxRowIsTheHighest() {
    insert(5, 3, 20);
    insert(1L << 40, 1, 20);
    assertEquals(1L << 40, file.maxRow());
    assertEquals(4, file.countRows());
    assertEquals(List.of(5L, 6L, 7L, 1L << 40), rowNumbers());
  }

  @Test
  void rollbackTakesEverythingBack() {
    insert(0, 2, 20);
    file.begin();
    file.setHeader(0, 9, 9, 9, 9);
    try (WriteBatch write = new WriteBatch(1 << 16)) {
      write.add(2, Tuples.ofSize(20)).add(3, Tuples.ofSize(10_000)).insertInTransaction(file);
    }
    assertEquals(1, batch.fetch(file, 3));
    assertTrue(file.inTransaction());
    file.rollback();
    assertFalse(file.inTransaction());
    file.rollback();
    assertEquals(List.of(0L, 1L), rowNumbers());
    assertEquals(1000, batch.rows().getFirst().xmin());
    assertEquals("0", file.query("SELECT count(*) FROM large_tuple"));
  }

  @Test
  void aRowNumberIsNeverTakenTwice() {
    insert(0, 3, 20);
    StoreException failure = assertThrows(StoreException.class, () -> insert(2, 1, 20));
    assertEquals(SqlState.DATA_CORRUPTED, failure.sqlState());
    assertThrows(StoreException.class, () -> insert(1, 5, 20));
    assertEquals(List.of(0L, 1L, 2L), rowNumbers());
    assertFalse(file.inTransaction());
  }

  @Test
  void anInterruptStopsALongScan() {
    insert(0, 20_000, 100);
    long flag = Memory.allocate(4);
    Memory.putInt(flag, 0);
    try {
      file.interruptFlag(flag);
      assertEquals(20_000, file.countRows());
      Memory.putInt(flag, 1);
      StoreException failure = assertThrows(
          StoreException.class, () -> file.query("SELECT count(*) FROM row_version a, row_version b"));
      assertEquals(SqlState.QUERY_CANCELED, failure.sqlState());
      file.interruptFlag(0);
      assertEquals(20_000, rowNumbers().size());
    } finally {
      file.interruptFlag(0);
      Memory.free(flag);
    }
  }

  @Test
  void anInterruptedWriteIsRolledBack() {
    insert(0, 1, 20);
    long flag = Memory.allocate(4);
    Memory.putInt(flag, 1);
    try {
      file.interruptFlag(flag);
      assertThrows(StoreException.class, () -> insert(1, 20_000, 20));
    } finally {
      file.interruptFlag(0);
      Memory.free(flag);
    }
    assertEquals(List.of(0L), rowNumbers());
    insert(1, 1, 20);
    assertEquals(List.of(0L, 1L), rowNumbers());
  }

  @Test
  void rowsSurviveClosingAndOpening() {
    insert(0, 100, 50);
    insert(100, 1, 100_000);
    file.close();
    file = TableFile.open(file.path(), OPTIONS);
    assertEquals(101, rowNumbers().size());
    assertEquals("", file.integrityProblems());
  }

  @Test
  void aClosedFileRefusesEverything() {
    file.close();
    file.close();
    assertEquals(SqlState.INTERNAL_ERROR, assertThrows(TamarackException.class, () -> file.begin()).sqlState());
    assertThrows(TamarackException.class, () -> batch.fetch(file, 0));
    file.rollback();
  }

  @Test
  void closingRollsBack() {
    insert(0, 1, 20);
    file.begin();
    file.setHeader(0, 9, 9, 9, 9);
    file.close();
    file = TableFile.open(file.path(), OPTIONS);
    assertEquals(1, batch.fetch(file, 0));
    assertEquals(1000, batch.rows().getFirst().xmin());
  }

  @Test
  void aCopyHasWhatTheLogHeld() {
    insert(0, 100, 50);
    insert(100, 1, 100_000);
    String target = directory.resolve("new/copy.sqlite").toString();
    file.copyTo(target);
    assertTrue(Files.exists(Path.of(target + "-wal")));
    insert(101, 1, 50);
    try (TableFile copy = TableFile.open(target, OPTIONS)) {
      assertEquals(101, batch.readAll(copy).size());
      assertEquals("", copy.integrityProblems());
      assertEquals("wal", copy.query("PRAGMA journal_mode"));
      assertEquals("2", copy.query("PRAGMA auto_vacuum"));
    }
  }

  @Test
  void aLongLogIsCopiedAndStartedAnew() {
    TableFileOptions options = new TableFileOptions(false, 1000, 50, 256);
    try (TableFile other = TableFile.create(directory.resolve("log.sqlite").toString(), options);
        WriteBatch write = new WriteBatch(4096)) {
      long most = 0;
      for (int i = 0; i < 500; i++) {
        try (WriteBatch one = new WriteBatch(4096)) {
          one.add(i, Tuples.ofSize(1000)).insertInto(other);
        }
        other.checkpointIfLong();
        most = Math.max(most, StoreNatives.walFrames(other.store()));
      }
      assertTrue(most < 70, "log of " + most + " frames");
      assertEquals(500, other.countRows());
    }
  }
}
