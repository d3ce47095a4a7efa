package tamarack.sqliteheap;

/**
 * The natives of tamarack_sqlite.so, which work on one SQLite connection through its <em>store</em>: the address of
 * its state in C. {@link TableFile} owns stores and is the only caller; a wrong address ends the process.
 *
 * <p>No method leaves a read transaction open. Every failure is a {@link StoreException}. Batches are laid out as
 * {@link tamarack.tuple.BatchLayout} says. Outside {@link #begin} … {@link #commit} each SQLite statement is a
 * transaction of its own.
 */
final class StoreNatives {
  /** The most logs that {@link #syncTogether} takes. */
  static final int SYNC_TOGETHER = 8;

  static final int CHECKPOINT_PASSIVE = 0;
  static final int CHECKPOINT_FULL = 1;
  static final int CHECKPOINT_RESTART = 2;
  static final int CHECKPOINT_TRUNCATE = 3;

  static {
    SqliteLibrary.load();
  }

  private StoreNatives() {}

  /**
   * Makes SQLite load this library as an extension, which is how it learns where SQLite's functions are.
   *
   * @param memory the name of a database in memory, UTF-8
   * @param sql SQL that loads the extension, UTF-8
   */
  static native void loadExtension(byte[] memory, byte[] sql);

  /**
   * Opens a file that exists, for reading and writing.
   *
   * @param path UTF-8
   * @return the new store
   */
  static native long open(byte[] path);

  /** Closes a connection and frees its store; its log stays as it is. */
  static native void close(long store);

  /** Copies the whole database, as one transaction sees it, to a file that exists and is empty. Syncs nothing. */
  static native void copy(long store, byte[] target);

  /** Frees the memory of pages that are not in use. */
  static native void releaseMemory(long store);

  /** Waits up to so many milliseconds for the locks of other connections. */
  static native void busyTimeout(long store, int milliseconds);

  /** Starts a write transaction; waits for other writers as long as the connection's busy timeout. */
  static native void begin(long store);

  static native void commit(long store);

  /** Rolls back; does nothing when no transaction is open, as after an error that ended it. */
  static native void rollback(long store);

  static native boolean inTransaction(long store);

  /**
   * Packs rows {@code first..last} into a batch: at most {@code maxRows}, as many as fit.
   *
   * @return rows packed; the batch's header says where to go on, or how much room the first row needs
   */
  static native int scan(
      long store, long first, long last, int maxRows, boolean headersOnly, long batch, long capacity);

  /** Packs one row: 1 done, 0 no such row, -1 the batch is too small, its header says how large it must be. */
  static native int fetch(long store, long row, boolean headersOnly, long batch, long capacity);

  /** Inserts the first {@code count} rows of a write batch. */
  static native void insert(long store, long batch, int count);

  /**
   * Overwrites a row's header in place.
   *
   * @param state info &lt;&lt; 32 | cid
   * @return false when there is no such row
   */
  static native boolean setHeader(long store, long row, long xmin, long xmax, long state, long next);

  /** Deletes the rows of an i64 array, in any order; answers how many there were. */
  static native int delete(long store, long rows, int count);

  /**
   * Decides rows {@code first..last}, at most {@code VacuumStepLayout.MAX_SPAN} numbers, by the transactions that are
   * known.
   *
   * @param remove whether the dead ones are deleted, too
   * @param area address of a {@link tamarack.tuple.VacuumStepLayout}
   */
  static native void vacuumStep(long store, long first, long last, boolean remove, long area);

  /** Deletes all rows. */
  static native void truncate(long store);

  /** Highest row number; -1 when there is no row. */
  static native long maxRow(long store);

  static native long countRows(long store);

  /** Syncs the log. */
  static native void sync(long store);

  /**
   * Syncs several logs at once, in threads that exist only meanwhile.
   *
   * @param stores at most {@link #SYNC_TOGETHER}
   * @return a result code for each; 0 is good
   */
  static native int[] syncTogether(long[] stores);

  /** Syncs the database file. */
  static native void syncDatabase(long store);

  /** Frames in the log after this connection's last commit. */
  static native int walFrames(long store);

  /**
   * Copies the log into the database.
   *
   * @param mode one of the CHECKPOINT constants
   * @return frames that are still to be copied; -1 when others were in the way
   */
  static native int checkpoint(long store, int mode);

  /** Address of an int that, once not zero, stops a running statement ({@code SQLITE_INTERRUPT}); 0: none. */
  static native void interruptFlag(long store, long address);

  /** Runs SQL statements and answers the first column of their rows, a line each. For anything that is not hot. */
  static native String query(long store, String sql);
}
