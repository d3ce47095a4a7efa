package tamarack.backend;

import tamarack.xact.TransactionStatus;

/**
 * The downcalls: every way from Java into PostgreSQL. Only the backend's main thread may use them. A PostgreSQL error
 * comes back as a {@link ServerException}; after one that nobody handled, further downcalls are refused until the
 * (sub)transaction aborts. Transaction ids are 64-bit full ids, command ids unsigned 32-bit.
 */
public final class Backend {
  private static final TransactionStatus TRANSACTION_STATUS = new BackendTransactionStatus();

  private Backend() {}

  /** What PostgreSQL knows about transactions. */
  public static TransactionStatus transactionStatus() {
    return TRANSACTION_STATUS;
  }

  /** Throws when the user or the administrator wants the statement or the session to end. */
  public static void checkInterrupts() {
    if (interruptPending()) {
      throw new InterruptedByServer();
    }
  }

  /** Whether an interrupt waits that PostgreSQL would serve now. */
  public static native boolean interruptPending();

  /** Address of PostgreSQL's InterruptPending, an i32 that other code may poll; never 0. */
  public static native long interruptFlagAddress();

  /** The data directory, absolute. */
  public static native String dataDirectory();

  /** Directory of Tamarack's native libraries and jars. */
  public static native String home();

  /** Whether PostgreSQL's {@code fsync} is on. */
  public static native boolean fsyncEnabled();

  /** {@code tamarack.sqlite_open_files}: how many files a session keeps open. */
  public static native int openFilesLimit();

  /** Raises or lowers the count of descriptors that PostgreSQL's fd.c sets aside for us; false when it has none. */
  public static native boolean acquireDescriptors(int count);

  public static native void releaseDescriptors(int count);

  /** Writes to the server's log; level: 0 debug, 1 log, 2 warning (which the client sees too). */
  public static native void log(int level, String message);

  /** A fsync failed: PANIC, or ERROR when {@code data_sync_retry} is on. */
  public static native void syncFailed(String path, String reason);

  static native boolean isCurrent(long xid);

  static native boolean isInProgress(long xid);

  static native boolean didCommit(long xid);

  static native void flushCommit(long xid);

  static native boolean isRunningInSnapshot(long xid, long snapshot);

  static native boolean isRemovable(long xid, long visTest);

  static native long combineCommandIds(long xmin, int cmin, int cmax);

  static native int realCmin(int combo);

  static native int realCmax(int combo);

  static native long[] multiMembers(int multi, boolean onlyLocks);

  static native boolean isMultiRunning(int multi, boolean onlyLocks);

  static native int createMulti(long[] members);

  static native boolean multiPrecedes(int left, int right);
}
