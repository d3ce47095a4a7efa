package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.backend.SqlState;
import tamarack.tuple.ExportLayout;
import tamarack.tuple.Memory;

/** Rows in memory become a plain SQLite database. */
class ExportTest {
  private static final String CREATE =
      "CREATE TABLE t (id INTEGER NOT NULL, real REAL, text TEXT, blob BLOB, PRIMARY KEY (id))";
  private static final String INSERT = "INSERT INTO t VALUES (?,?,?,?)";

  @TempDir
  private Path directory;

  private Path path;
  private final List<Long> allocated = new ArrayList<>();

  @BeforeEach
  void makeEmptyFile() throws IOException {
    path = Files.createFile(directory.resolve("export.sqlite"));
  }

  @AfterEach
  void free() {
    allocated.forEach(Memory::free);
  }

  private long allocate(long bytes) {
    long address = Memory.allocate(bytes);
    allocated.add(address);
    return address;
  }

  /** Cells of values: null, Long, Double, String or byte[]. */
  private long cells(Object... values) {
    long cells = allocate((long) values.length * ExportLayout.CELL_SIZE);
    for (int i = 0; i < values.length; i++) {
      cell(cells + (long) i * ExportLayout.CELL_SIZE, values[i]);
    }
    return cells;
  }

  private void cell(long cell, Object value) {
    switch (value) {
      case null -> Memory.putInt(cell + ExportLayout.KIND, ExportLayout.KIND_NULL);
      case Long number -> number(cell, ExportLayout.KIND_INTEGER, number);
      case Double number -> number(cell, ExportLayout.KIND_REAL, Double.doubleToRawLongBits(number));
      case String text -> bytes(cell, ExportLayout.KIND_TEXT, text.getBytes(StandardCharsets.UTF_8));
      case byte[] blob -> bytes(cell, ExportLayout.KIND_BLOB, blob);
      default -> throw new IllegalArgumentException(value.toString());
    }
  }

  private static void number(long cell, int kind, long bits) {
    Memory.putInt(cell + ExportLayout.KIND, kind);
    Memory.putLong(cell + ExportLayout.VALUE, bits);
  }

  private void bytes(long cell, int kind, byte[] bytes) {
    long copy = allocate(Math.max(bytes.length, 1));
    Memory.put(bytes, copy);
    number(cell, kind, copy);
    Memory.putInt(cell + ExportLayout.LENGTH, bytes.length);
  }

  private long open(String create, String insert) {
    return Export.open(cells(path.toString(), create, insert));
  }

  private void insert(long handle, int columns, Object... values) {
    long request = allocate(ExportLayout.REQUEST_SIZE);
    Memory.putLong(request + ExportLayout.HANDLE, handle);
    Memory.putLong(request + ExportLayout.CELLS, cells(values));
    Memory.putInt(request + ExportLayout.COLUMNS, columns);
    Memory.putInt(request + ExportLayout.ROWS, values.length / columns);
    Export.insert(request);
  }

  private String query(String sql) {
    long store = StoreNatives.open(path.toString().getBytes(StandardCharsets.UTF_8));
    try {
      return StoreNatives.query(store, sql);
    } finally {
      StoreNatives.close(store);
    }
  }

  @Test
  void valuesKeepTheirTypes() {
    long handle = open(CREATE, INSERT);
    insert(
        handle, 4,
        1L, 1.5, "text \u00fc \ud83d\ude00", new byte[] {0, -1},
        Long.MIN_VALUE, Double.NEGATIVE_INFINITY, "", new byte[0],
        3L, "NaN", null, null);
    Export.commit(handle);
    assertEquals("ok", query("PRAGMA integrity_check"));
    assertEquals(
        String.join(
            "\n",
            "-9223372036854775808|real|-Inf||blob|",
            "1|real|1.5|7465787420C3BC20F09F9880|blob|00FF",
            "3|text|NaN||null|"),
        query(
            "SELECT concat_ws('|', id, typeof(real), real, hex(text), typeof(blob), hex(blob))"
                + " FROM t ORDER BY id"));
  }

  @Test
  void manyBatchesAreOneTransaction() {
    long handle = open(CREATE, INSERT);
    for (long row = 0; row < 5000; row++) {
      insert(handle, 4, row, 0.5, "row " + row, null);
    }
    Export.commit(handle);
    assertEquals("5000|12497500", query("SELECT count(*) || '|' || sum(id) FROM t"));
  }

  @Test
  void aConstraintThatFailsIsAnError() {
    long handle = open(CREATE, INSERT);
    insert(handle, 4, 1L, null, null, null);
    assertThrows(StoreException.class, () -> insert(handle, 4, 1L, null, null, null));
    Export.abandon(handle);
  }

  @Test
  void statementsThatSqliteRefusesLeaveNothingOpen() {
    assertThrows(StoreException.class, () -> open("CREATE TABLE t", INSERT));
    assertThrows(StoreException.class, () -> open(CREATE, "INSERT INTO other VALUES (?)"));
  }

  @Test
  void aMissingFileIsAnError() throws IOException {
    Files.delete(path);
    StoreException failure = assertThrows(StoreException.class, () -> open(CREATE, INSERT));
    assertEquals(SqlState.UNDEFINED_FILE, failure.sqlState());
  }

  @Test
  void aValueNeedNotFitIntoTheJavaHeap() {
    long bytes = 400_000_000;
    long large = allocate(bytes);
    Memory.fill(large, bytes, (byte) 'x');
    long handle = open("CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES (?)");
    long before = Runtime.getRuntime().totalMemory();
    long cells = allocate(ExportLayout.CELL_SIZE);
    number(cells, ExportLayout.KIND_TEXT, large);
    Memory.putInt(cells + ExportLayout.LENGTH, (int) bytes);
    long request = allocate(ExportLayout.REQUEST_SIZE);
    Memory.putLong(request + ExportLayout.HANDLE, handle);
    Memory.putLong(request + ExportLayout.CELLS, cells);
    Memory.putInt(request + ExportLayout.COLUMNS, 1);
    Memory.putInt(request + ExportLayout.ROWS, 1);
    Export.insert(request);
    Export.commit(handle);
    assertTrue(Runtime.getRuntime().totalMemory() - before < bytes / 2);
    assertEquals("400000000", query("SELECT length(CAST(v AS BLOB)) FROM t"));
  }
}
