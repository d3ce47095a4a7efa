package tamarack.sqliteheap;

import tamarack.tuple.ExportLayout;
import tamarack.tuple.Memory;

/**
 * Writes a plain SQLite database: one table, one transaction. The file must exist and be empty; it has no journal, so
 * one that was not committed is to be thrown away. Values go from memory straight into SQLite, so that none has to fit
 * into the Java heap.
 */
final class Export {
  static {
    SqliteLibrary.load();
  }

  private Export() {}

  /**
   * Begins an export.
   *
   * @param cells address of three text cells of {@link ExportLayout}: path, CREATE TABLE, INSERT with a parameter for
   *     each column
   * @return its handle
   */
  static long open(long cells) {
    return openNative(cells);
  }

  /** Writes the rows of an {@link ExportLayout} request. */
  static void insert(long request) {
    insertNative(
        Memory.getLong(request + ExportLayout.HANDLE), Memory.getLong(request + ExportLayout.CELLS),
        Memory.getInt(request + ExportLayout.COLUMNS), Memory.getInt(request + ExportLayout.ROWS));
  }

  /** Commits and closes. On failure the export is still to be abandoned. */
  static void commit(long handle) {
    commitNative(handle);
  }

  /** Closes without a commit. */
  static void abandon(long handle) {
    abandonNative(handle);
  }

  private static native long openNative(long cells);

  private static native void insertNative(long handle, long cells, int columns, int rows);

  private static native void commitNative(long handle);

  private static native void abandonNative(long handle);
}
