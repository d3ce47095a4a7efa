package tamarack.sqliteheap;

import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/**
 * What a table file contains: version 1 of the schema, and whether a file has it.
 *
 * <ul>
 *   <li>{@code row_version}: one row for each row version. {@code version} is its header, that is xmin, xmax, state
 *       (info &lt;&lt; 32 | cid) and next, six bytes each, big-endian, so that changing one never changes the row's
 *       length; then the tuple, unless it is large.
 *   <li>{@code large_tuple}: the large tuples, apart so that changing a header never reads one.
 *   <li>{@code pruned}: which rows went before their index entries, see {@link PrunedRows}.
 *   <li>view {@code storage}: both, readable with any SQLite tool.
 * </ul>
 */
final class TableFileSchema {
  /** {@code PRAGMA application_id}: "TAMA". */
  static final int APPLICATION_ID = 0x54414D41;

  /** {@code PRAGMA user_version}: the newest schema that this code knows. */
  static final int VERSION = 1;

  static final int PAGE_SIZE = 4096;

  private TableFileSchema() {}

  /** Makes the schema in a new, empty file; nothing of it is durable yet. */
  static void create(long store) {
    StoreNatives.query(
        store,
        "PRAGMA page_size=" + PAGE_SIZE + ";PRAGMA auto_vacuum=INCREMENTAL;PRAGMA journal_mode=OFF;"
            + "PRAGMA synchronous=OFF;BEGIN;PRAGMA application_id=" + APPLICATION_ID + ";PRAGMA user_version="
            + VERSION + ";CREATE TABLE row_version(rowid INTEGER PRIMARY KEY, version BLOB);"
            + "CREATE TABLE large_tuple(rowid INTEGER PRIMARY KEY, tuple BLOB);"
            + "CREATE TABLE pruned(id INTEGER PRIMARY KEY, rows BLOB);" + view()
            + "COMMIT;PRAGMA journal_mode=WAL");
  }

  /**
   * Checks that a file is ours and not newer than this code.
   *
   * @throws TamarackException naming the path
   */
  static void check(long store, String path) {
    int applicationId = Integer.parseInt(StoreNatives.query(store, "PRAGMA application_id"));
    if (applicationId != APPLICATION_ID) {
      throw new TamarackException(
          SqlState.DATA_CORRUPTED, "SQLite file \"" + path + "\" was not made by sqlite_heap",
          "Its application_id is " + applicationId + " instead of " + APPLICATION_ID + ".",
          "Restore the file from a backup, with its -wal file.", null);
    }
    int version = Integer.parseInt(StoreNatives.query(store, "PRAGMA user_version"));
    if (version < 1 || version > VERSION) {
      throw new TamarackException(
          SqlState.FEATURE_NOT_SUPPORTED,
          "SQLite file \"" + path + "\" has schema version " + version + ", this server reads version " + VERSION, null,
          "Install the version of Tamarack that wrote the file, or a later one.", null);
    }
  }

  /** The decoded rows. SQLite cannot turn a blob into a number by itself: the digits of its hex text can. */
  private static String view() {
    return "CREATE VIEW storage AS SELECT s.rowid AS rowid,xmin,"
        + "CASE WHEN info>>2&7<5 AND NOT info&64 THEN cid END AS cmin,xmax,"
        + "CASE WHEN info>>2&7>=5 AND NOT info&64 THEN cid END AS cmax,CASE WHEN info&64 THEN cid END AS combo_cid,"
        + "CASE info>>2&7 WHEN 0 THEN 'none' WHEN 1 THEN 'key share lock' WHEN 2 THEN 'share lock'"
        + " WHEN 3 THEN 'no key update lock' WHEN 4 THEN 'update lock' WHEN 5 THEN 'updated'"
        + " WHEN 6 THEN iif(info&128,'deleted','key updated') END AS xmax_mode,"
        + "info>>5&1 AS xmax_is_multi,info&1 AS frozen,info>>1&1 AS speculative,"
        + "iif(next>>47,next-(1<<48),next) AS next,coalesce(l.tuple,s.tuple) AS tuple FROM (SELECT rowid,"
        + number(1, 12) + " AS xmin," + number(13, 12) + " AS xmax," + number(25, 4) + " AS info,"
        + number(29, 8) + " AS cid," + number(37, 12) + " AS next,tuple"
        + " FROM (SELECT rowid,hex(substr(version,1,24)) AS h,substr(version,25) AS tuple FROM row_version)) s"
        + " LEFT JOIN large_tuple l ON l.rowid=s.rowid;";
  }

  /** An expression: the number in {@code digits} hex digits of h, from the {@code first} one on. */
  private static String number(int first, int digits) {
    return "(WITH RECURSIVE d(i,v) AS (VALUES(" + first + ",0) UNION ALL SELECT i+1,"
        + "v*16+instr('123456789ABCDEF',substr(h,i,1)) FROM d WHERE i<" + (first + digits)
        + ") SELECT v FROM d WHERE i=" + (first + digits) + ")";
  }
}
