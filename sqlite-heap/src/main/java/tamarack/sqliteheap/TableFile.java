package tamarack.sqliteheap;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/**
 * One table's SQLite file, open. Rows are addressed by row number, batches are laid out as
 * {@link tamarack.tuple.BatchLayout} says. No read transaction outlives a call, so a read sees everything that any
 * process committed before it. Writes happen between {@link #begin} and {@link #commit}; whoever writes holds the
 * table's writer slot.
 *
 * <p>One thread at a time uses a file. Failures are {@link TamarackException}s that name the path.
 */
public final class TableFile implements AutoCloseable {
  /** A log of more than so many times the usual length is emptied at the writers' cost. */
  private static final int MOST_LOGS = 16;

  private final String path;
  private final TableFileOptions options;
  private final long store;
  private boolean isNew;
  private boolean unsynced;
  private boolean inTransaction;
  private boolean rollbackFailed;
  private boolean mayHoldMemory = true;
  private boolean closed;

  private TableFile(String path, TableFileOptions options) {
    this.path = path;
    this.options = options;
    try {
      this.store = StoreNatives.open(bytes(path));
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  private static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Opens a file that exists.
   *
   * @throws TamarackException 58P01 when it does not (it is never made again in silence), XX001 when it is none of
   *     ours, 0A000 when a newer version wrote it
   */
  public static TableFile open(String path, TableFileOptions options) {
    requireContents(new File(path));
    TableFile file = new TableFile(path, options);
    try {
      TableFileSchema.check(file.store, path);
      file.applyOptions();
    } catch (StoreException e) {
      throw file.closeAfter(e.in(path));
    } catch (TamarackException e) {
      throw file.closeAfter(e);
    }
    return file;
  }

  /**
   * Makes a file, replacing whatever a crash left there, in a directory that is made if need be. It becomes durable
   * by {@link #sync}.
   */
  public static TableFile create(String path, TableFileOptions options) {
    TableFilePaths.delete(path);
    TableFilePaths.createEmpty(path, options.fsync());
    TableFile file = new TableFile(path, options);
    try {
      TableFileSchema.create(file.store);
      file.applyOptions();
    } catch (StoreException e) {
      throw file.closeAfter(e.in(path));
    }
    file.isNew = options.fsync();
    file.unsynced = options.fsync();
    return file;
  }

  /** SQLite would take an empty file for a new database, and delete the log beside it. */
  private static void requireContents(File file) {
    if (file.length() > 0) {
      return;
    }
    boolean exists = file.exists();
    throw new TamarackException(
        exists ? SqlState.DATA_CORRUPTED : SqlState.UNDEFINED_FILE,
        "SQLite file \"" + file + "\" " + (exists ? "is empty" : "does not exist"), null,
        "Restore the file from a backup, with its -wal file.", null);
  }

  private void applyOptions() {
    StoreNatives.busyTimeout(store, options.busyTimeout());
    StoreNatives.query(
        store,
        "PRAGMA synchronous=" + (options.fsync() ? "NORMAL" : "OFF") + ";PRAGMA temp_store=MEMORY;PRAGMA cache_size=-"
            + options.cacheKilobytes() + ";PRAGMA journal_size_limit="
            + (long) options.checkpointFrames() * 2 * TableFileSchema.PAGE_SIZE);
  }

  private TamarackException closeAfter(TamarackException failure) {
    try {
      close();
    } catch (TamarackException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  public String path() {
    return path;
  }

  long store() {
    if (closed) {
      throw new TamarackException(SqlState.INTERNAL_ERROR, "SQLite file \"" + path + "\" is closed");
    }
    return store;
  }

  /** Begins a write transaction. */
  public void begin() {
    try {
      if (rollbackFailed) {
        StoreNatives.rollback(store());
        rollbackFailed = false;
      }
      StoreNatives.begin(store());
      inTransaction = true;
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Commits; what was written is readable by every process, and durable after {@link #sync}. A failure rolls back. */
  public void commit() {
    try {
      StoreNatives.commit(store());
      inTransaction = false;
      unsynced = options.fsync();
    } catch (StoreException e) {
      rollback();
      throw e.in(path);
    }
  }

  /** Takes back everything since {@link #begin}. Does nothing outside a transaction. Never throws. */
  public void rollback() {
    if (!inTransaction || closed) {
      return;
    }
    inTransaction = false;
    try {
      StoreNatives.rollback(store);
    } catch (StoreException e) {
      // The log holds no commit of it, so nobody ever sees it; the next write tries again, as does a close.
      rollbackFailed = true;
    }
  }

  public boolean inTransaction() {
    return inTransaction;
  }

  /**
   * Packs rows {@code first..last} into a batch: at most {@code maxRows}, as many as fit.
   *
   * @return rows packed; the batch's header says where to go on, or how much room the first row needs
   */
  public int scan(long first, long last, int maxRows, boolean headersOnly, long batch, long capacity) {
    try {
      return StoreNatives.scan(store(), first, last, maxRows, headersOnly, batch, capacity);
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Packs one row: 1 done, 0 no such row, -1 the batch is too small, its header says how large it must be. */
  public int fetch(long row, boolean headersOnly, long batch, long capacity) {
    try {
      return StoreNatives.fetch(store(), row, headersOnly, batch, capacity);
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Inserts the first {@code count} rows of a write batch. */
  public void insert(long batch, int count) {
    try {
      StoreNatives.insert(store(), batch, count);
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /**
   * Overwrites a row's header in place.
   *
   * @param state info &lt;&lt; 32 | cid
   * @return false when there is no such row
   */
  public boolean setHeader(long row, long xmin, long xmax, long state, long next) {
    try {
      return StoreNatives.setHeader(store(), row, xmin, xmax, state, next);
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Deletes the rows of an i64 array, in any order; answers how many there were. */
  public int delete(long rows, int count) {
    try {
      return StoreNatives.delete(store(), rows, count);
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /**
   * Decides rows {@code first..last} for VACUUM, see {@link tamarack.tuple.VacuumStepLayout}, and deletes the dead ones
   * if so wanted.
   */
  void vacuumStep(long first, long last, boolean remove, long area) {
    try {
      StoreNatives.vacuumStep(store(), first, last, remove, area);
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Deletes all rows. */
  public void truncate() {
    try {
      StoreNatives.truncate(store());
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Highest row number; -1 when there is no row. */
  public long maxRow() {
    try {
      return StoreNatives.maxRow(store());
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Row versions in the file, dead ones included. Reads the whole file. */
  public long countRows() {
    try {
      return StoreNatives.countRows(store());
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Makes the next {@link #sync} sync what others committed, too. */
  public void requireSync() {
    unsynced = options.fsync();
  }

  /** Whether something was committed here that is not synced yet. Always false when fsync is off. */
  public boolean isUnsynced() {
    return unsynced;
  }

  /** Gives up the wish for a sync: nobody needs what was written. A new file keeps it. */
  public void forgetUnsynced() {
    unsynced = isNew;
  }

  /**
   * Makes everything committed durable.
   *
   * @throws StoreException for which {@link StoreException#isSyncFailure} holds when the disk refused
   */
  public void sync() {
    if (!unsynced) {
      return;
    }
    syncNewFile();
    try {
      StoreNatives.sync(store());
    } catch (StoreException e) {
      throw e.in(path);
    }
    unsynced = false;
  }

  /**
   * Makes everything committed in several files durable, their logs at once. When one fails, all are as unsynced as
   * before.
   *
   * @param files at most {@link StoreNatives#SYNC_TOGETHER}, all of them unsynced
   * @throws StoreException as {@link #sync}
   */
  static void syncTogether(List<TableFile> files) {
    long[] stores = new long[files.size()];
    for (int i = 0; i < stores.length; i++) {
      files.get(i).syncNewFile();
      stores[i] = files.get(i).store();
    }
    int[] results = StoreNatives.syncTogether(stores);
    for (int i = 0; i < stores.length; i++) {
      if (results[i] != 0) {
        throw new StoreException(results[i], "could not sync the log").in(files.get(i).path);
      }
    }
    for (TableFile file : files) {
      file.unsynced = false;
    }
  }

  /** Syncs what a new file holds besides its log, and its name. */
  private void syncNewFile() {
    if (!isNew) {
      return;
    }
    try {
      StoreNatives.syncDatabase(store());
      TableFilePaths.syncDirectory(path);
    } catch (StoreException e) {
      throw e.in(path);
    }
    isNew = false;
  }

  /**
   * Copies the log into the database when it has grown long; the next write then starts the log anew. Call it when no
   * writer waits. When writers come so thick that there never is a next write with nothing left to copy, the log grows
   * to several times its length and they are held up once.
   */
  public void checkpointIfLong() {
    checkpointIfLong(1);
  }

  /** The same, for a log of more than {@code patience} times the usual length. */
  public void checkpointIfLong(int patience) {
    int frames = StoreNatives.walFrames(store());
    if (frames <= options.checkpointFrames() * patience) {
      return;
    }
    boolean late = frames > options.checkpointFrames() * MOST_LOGS;
    try {
      checkpoint(late ? StoreNatives.CHECKPOINT_RESTART : StoreNatives.CHECKPOINT_PASSIVE);
    } catch (StoreException e) {
      // Rows are safe in the log, and when there is no room for them there either, their own write says so.
      if (!e.isDiskFull()) {
        throw e;
      }
    }
  }

  /** Copies the log into the database and empties it; false when others were in the way. */
  public boolean checkpoint() {
    return checkpoint(StoreNatives.CHECKPOINT_TRUNCATE) == 0;
  }

  private int checkpoint(int mode) {
    try {
      return StoreNatives.checkpoint(store(), mode);
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Gives up to {@code pages} free pages back to the file system, as the log is copied next. */
  public void vacuum(int pages) {
    query("PRAGMA incremental_vacuum(" + pages + ")");
    unsynced = options.fsync();
  }

  public long freePages() {
    return Long.parseLong(query("PRAGMA freelist_count"));
  }

  public long pageCount() {
    return Long.parseLong(query("PRAGMA page_count"));
  }

  /** SQLite's integrity check: one problem a line, empty when the file is sound. */
  public String integrityProblems() {
    try {
      String problems = query("PRAGMA integrity_check");
      return problems.equals("ok") ? "" : problems;
    } catch (StoreException e) {
      if (e.isDamage()) {
        return e.getMessage();
      }
      throw e;
    }
  }

  /** Version of the file's schema. */
  public int schemaVersion() {
    return Integer.parseInt(query("PRAGMA user_version"));
  }

  /** Runs one SQL statement; answers the first column of its rows, a line each. */
  String query(String sql) {
    try {
      return StoreNatives.query(store(), sql);
    } catch (StoreException e) {
      throw e.in(path);
    }
  }

  /** Watches an int whose not being zero stops long statements with SQLSTATE 57014; 0 ends that. */
  public void interruptFlag(long address) {
    StoreNatives.interruptFlag(store(), address);
  }

  /** Copies all rows to a new file, which is durable when this returns and fsync is on. */
  public void copyTo(String target) {
    TableFilePaths.delete(target);
    TableFilePaths.createEmpty(target, options.fsync());
    try {
      StoreNatives.copy(store(), bytes(target));
    } catch (StoreException e) {
      throw e.in(path);
    }
    // Whoever makes a log also has to sync its name, which a mere reader would not.
    TableFilePaths.createEmpty(target + "-wal", options.fsync());
    if (options.fsync()) {
      TableFilePaths.syncCopy(target);
    }
  }

  /** Notes that the file is in use again and will have pages in memory. */
  void markUsed() {
    mayHoldMemory = true;
  }

  /** Frees the pages in memory, if the file was used since the last time. */
  void releaseMemory() {
    if (mayHoldMemory) {
      mayHoldMemory = false;
      StoreNatives.releaseMemory(store());
    }
  }

  /** Bytes of the file and its log. */
  public long sizeInBytes() {
    return TableFilePaths.sizeInBytes(path);
  }

  /** Closes the file, without a sync; rolls back an open transaction. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    rollback();
    closed = true;
    try {
      StoreNatives.close(store);
    } catch (StoreException e) {
      throw e.in(path);
    }
  }
}
