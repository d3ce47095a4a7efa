package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.tuple.Memory;
import tamarack.tuple.Question;

/** What is wrong with a file is said, a line for each problem; nothing is said of a sound one. */
class IntegrityCheckTest {
  @TempDir
  private Path directory;

  private TableFile file;

  @BeforeEach
  void make() {
    file = TableFile.create(
        directory.resolve("t.sqlite").toString(), TableFileOptions.DEFAULT.withoutFsync());
    try (WriteBatch write = new WriteBatch(1 << 20)) {
      for (int row = 0; row < 100; row++) {
        write.add(row, Tuples.ofSize(100));
      }
      write.add(100, Tuples.ofSize(50_000)).add(101, Tuples.ofSize(60_000)).insertInto(file);
    }
  }

  @AfterEach
  void close() {
    file.close();
  }

  private List<String> problemsAfter(String... damages) {
    for (String damage : damages) {
      file.query(damage);
    }
    return IntegrityCheck.problems(file);
  }

  @Test
  void aSoundFileHasNone() {
    assertEquals(List.of(), problemsAfter());
  }

  @Test
  void headersAreOfOneLength() {
    assertEquals(
        List.of("row 3: its header is not 24 bytes", "row 4: its header is not 24 bytes"),
        problemsAfter(
            "UPDATE row_version SET version = x'00' WHERE rowid = 3",
            "UPDATE row_version SET version = 'abcdefghijklmnopqrstuvwxyz0' WHERE rowid = 4"));
  }

  @Test
  void tuplesAreLongEnough() {
    assertEquals(
        List.of("row 7: its tuple is too short", "row 8: its tuple is too short"),
        problemsAfter(
            "UPDATE row_version SET version = zeroblob(26) WHERE rowid = 7",
            "UPDATE row_version SET version = zeroblob(25) WHERE rowid = 8"));
  }

  @Test
  void largeTuplesBelongToRows() {
    assertEquals(
        List.of("row 101: its large tuple is lost", "large tuple 9: no row has it"),
        problemsAfter("UPDATE large_tuple SET rowid = 9 WHERE rowid = 101"));
    assertEquals(
        List.of("large tuple 100: too short"),
        problemsAfter(
            "UPDATE large_tuple SET rowid = 101 WHERE rowid = 9",
            "UPDATE large_tuple SET tuple = x'00' WHERE rowid = 100"));
  }

  @Test
  void rowNumbersAreNotNegative() {
    assertEquals(
        List.of("row -5: row numbers are not negative"),
        problemsAfter("UPDATE row_version SET rowid = -5 WHERE rowid = 5"));
  }

  @Test
  void aMissingTableIsNamed() {
    assertEquals(
        List.of("table large_tuple is missing", "view storage is missing"),
        problemsAfter("DROP VIEW storage", "DROP TABLE large_tuple"));
  }

  @Test
  void aManyTimesBrokenFileGivesAHundredLines() {
    assertEquals(100, problemsAfter("UPDATE row_version SET version = x'00'").size());
  }

  @Test
  void anInterruptStopsTheCheck() {
    long flag = Memory.allocate(4);
    file.query(
        "WITH n(i) AS (VALUES(1000) UNION ALL SELECT i+1 FROM n WHERE i<30000)"
            + " INSERT INTO row_version SELECT i, zeroblob(124) FROM n");
    try {
      Memory.putInt(flag, 1);
      file.interruptFlag(flag);
      StoreException stopped = assertThrows(StoreException.class, () -> IntegrityCheck.problems(file));
      assertTrue(stopped.isInterrupt());
      Memory.putInt(flag, 0);
      assertEquals(List.of(), IntegrityCheck.problems(file));
    } finally {
      file.interruptFlag(0);
      Memory.free(flag);
    }
  }

  @Test
  void inspectionAnswersWithNumbers() {
    Inspection inspection = new Inspection(relation -> file);
    assertEquals("102", inspection.answer(null, Question.ROW_COUNT, 0));
    assertEquals("1", inspection.answer(null, Question.SCHEMA_VERSION, 1));
    file.query("PRAGMA user_version = 7");
    assertEquals("7", inspection.answer(null, Question.SCHEMA_VERSION, 1));
    assertEquals("1", inspection.answer(null, Question.SCHEMA_VERSION, 0));
    assertFalse(
        assertThrows(RuntimeException.class, () -> inspection.answer(null, 999, 0)).getMessage().isEmpty());
  }
}
