package tamarack.sqliteheap;

import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/** A failure reported by SQLite. This class alone maps SQLite's result codes to SQLSTATEs. */
public final class StoreException extends TamarackException {
  private static final long serialVersionUID = 1L;

  static final int SQLITE_BUSY = 5;
  static final int SQLITE_LOCKED = 6;
  static final int SQLITE_NOMEM = 7;
  static final int SQLITE_READONLY = 8;
  static final int SQLITE_INTERRUPT = 9;
  static final int SQLITE_IOERR = 10;
  static final int SQLITE_CORRUPT = 11;
  static final int SQLITE_FULL = 13;
  static final int SQLITE_CANTOPEN = 14;
  static final int SQLITE_PROTOCOL = 15;
  static final int SQLITE_TOOBIG = 18;
  static final int SQLITE_CONSTRAINT = 19;
  static final int SQLITE_NOTADB = 26;
  static final int SQLITE_IOERR_FSYNC = 10 | 4 << 8;
  static final int SQLITE_IOERR_DIR_FSYNC = 10 | 5 << 8;
  static final int SQLITE_IOERR_NOMEM = 10 | 12 << 8;

  private final int resultCode;

  /**
   * Called from C.
   *
   * @param resultCode SQLite's extended result code
   */
  StoreException(int resultCode, String message) {
    this(resultCode, message, null);
  }

  private StoreException(int resultCode, String message, Throwable cause) {
    super(sqlState(resultCode), message, null, hint(resultCode), cause);
    this.resultCode = resultCode;
  }

  /** The same failure with the file's path in the message. */
  StoreException in(String path) {
    return new StoreException(
        resultCode, "SQLite file \"" + path + "\": " + getMessage() + " (" + resultCode + ")", this);
  }

  /** SQLite's extended result code. */
  public int resultCode() {
    return resultCode;
  }

  /** Whether a sync failed, after which nobody knows what is on disk. */
  public boolean isSyncFailure() {
    return resultCode == SQLITE_IOERR_FSYNC || resultCode == SQLITE_IOERR_DIR_FSYNC;
  }

  /** Whether the file is damaged. */
  public boolean isDamage() {
    return sqlState().equals(SqlState.DATA_CORRUPTED);
  }

  /** Whether there is no room on the disk. */
  public boolean isDiskFull() {
    return (resultCode & 0xff) == SQLITE_FULL;
  }

  /** Whether an interrupt stopped a statement, see {@link StoreNatives#interruptFlag}. */
  public boolean isInterrupt() {
    return (resultCode & 0xff) == SQLITE_INTERRUPT;
  }

  private static String sqlState(int resultCode) {
    if (resultCode == SQLITE_IOERR_NOMEM) {
      return SqlState.OUT_OF_MEMORY;
    }
    return switch (resultCode & 0xff) {
      case SQLITE_FULL -> SqlState.DISK_FULL;
      case SQLITE_IOERR, SQLITE_PROTOCOL, SQLITE_READONLY -> SqlState.IO_ERROR;
      case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CONSTRAINT -> SqlState.DATA_CORRUPTED;
      case SQLITE_CANTOPEN -> SqlState.UNDEFINED_FILE;
      case SQLITE_BUSY, SQLITE_LOCKED -> SqlState.LOCK_NOT_AVAILABLE;
      case SQLITE_INTERRUPT -> SqlState.QUERY_CANCELED;
      case SQLITE_TOOBIG -> SqlState.PROGRAM_LIMIT_EXCEEDED;
      case SQLITE_NOMEM -> SqlState.OUT_OF_MEMORY;
      default -> SqlState.INTERNAL_ERROR;
    };
  }

  private static String hint(int resultCode) {
    return switch (resultCode & 0xff) {
      case SQLITE_FULL -> "Free some space on the file system of the data directory.";
      case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CONSTRAINT ->
          "The file is damaged or no file of sqlite_heap. Restore it from a backup; sqlite_heap_check lists problems.";
      case SQLITE_CANTOPEN -> "Restore the file from a backup, with its -wal file.";
      case SQLITE_BUSY, SQLITE_LOCKED -> "Does a program outside the server have the file open?";
      case SQLITE_READONLY -> "The server's user must own the file and its directory.";
      default -> null;
    };
  }
}
