package tamarack.sqliteheap;

/**
 * How table files are used.
 *
 * @param fsync PostgreSQL's fsync: false never syncs anything
 * @param busyTimeout milliseconds to wait for another connection's lock; PostgreSQL's locks keep writers apart, so only
 *     recovery of a log and checkpoints are ever waited for
 * @param checkpointFrames a log longer than this many pages is copied into its database after a write, and written
 *     again from its start. A short log is soon written over instead of extended, which halves the time of a sync (190
 *     to 90 us, measured); SQLite searches it faster, and the first session after a restart reads it faster
 * @param cacheKilobytes most memory for pages of one file
 */
public record TableFileOptions(boolean fsync, int busyTimeout, int checkpointFrames, int cacheKilobytes) {
  public static final TableFileOptions DEFAULT = new TableFileOptions(true, 10_000, 1000, 1024);

  /** The same without any sync, for temporary relations and {@code fsync = off}. */
  public TableFileOptions withoutFsync() {
    return new TableFileOptions(false, busyTimeout, checkpointFrames, cacheKilobytes);
  }
}
