package tamarack.xact;

import tamarack.tuple.LockMode;

/** What a member of a multixact did to the row, in the order of PostgreSQL's MultiXactStatus. */
public final class MemberStatus {
  public static final int FOR_KEY_SHARE = 0;
  public static final int FOR_SHARE = 1;
  public static final int FOR_NO_KEY_UPDATE = 2;
  public static final int FOR_UPDATE = 3;
  public static final int NO_KEY_UPDATE = 4;
  public static final int UPDATE = 5;

  private static final int MASK = (1 << TransactionStatus.MEMBER_STATUS_BITS) - 1;

  private MemberStatus() {}

  /** The packed form of a member. */
  public static long pack(long xid, int status) {
    return xid << TransactionStatus.MEMBER_STATUS_BITS | status;
  }

  /** The transaction id of a packed member. */
  public static long xid(long member) {
    return member >>> TransactionStatus.MEMBER_STATUS_BITS;
  }

  /** The status of a packed member. */
  public static int status(long member) {
    return (int) (member & MASK);
  }

  /** Whether the status is that of an updater or deleter. */
  public static boolean isUpdate(int status) {
    return status >= NO_KEY_UPDATE;
  }

  /** The {@link LockMode} that the status amounts to. */
  public static int lockMode(int status) {
    return switch (status) {
      case NO_KEY_UPDATE -> LockMode.NO_KEY_EXCLUSIVE;
      case UPDATE -> LockMode.EXCLUSIVE;
      default -> status;
    };
  }

  /**
   * The status of who takes a lock of {@code lockMode}, or updates with it.
   *
   * @throws IllegalArgumentException for an update with a shared lock
   */
  public static int of(int lockMode, boolean isUpdate) {
    if (!isUpdate) {
      return lockMode;
    }
    return switch (lockMode) {
      case LockMode.NO_KEY_EXCLUSIVE -> NO_KEY_UPDATE;
      case LockMode.EXCLUSIVE -> UPDATE;
      default -> throw new IllegalArgumentException("no update with lock mode " + lockMode);
    };
  }
}
