package tamarack.xact;

/**
 * Remembers how transactions ended, so that judging a million rows takes few downcalls. Only final outcomes are kept,
 * and 64-bit ids never come back, so nothing in here ever becomes wrong. Bounded: a new entry may replace an old one.
 */
public final class StatusCache {
  /** Not over, or not asked yet. */
  public static final int UNKNOWN = 0;

  public static final int COMMITTED = 1;

  /** Aborted, or lost in a crash. */
  public static final int ABORTED = 2;

  /** Running in another session, or prepared. */
  public static final int IN_PROGRESS = 3;

  /** The current transaction or one of its live subtransactions. */
  public static final int CURRENT = 4;

  private static final int SLOTS = 1 << 14;
  private static final int MASK = SLOTS - 1;
  private static final int PROBES = 4;

  private final TransactionStatus status;

  /** Each entry is {@code xid << 1 | committed}; 0 is free. The home of an id is its low bits: ids come in runs. */
  private final long[] entries = new long[SLOTS];

  public StatusCache(TransactionStatus status) {
    this.status = status;
  }

  /** Where the outcomes come from. */
  public TransactionStatus status() {
    return status;
  }

  /** {@link #COMMITTED}, {@link #ABORTED} or {@link #UNKNOWN}, without asking anybody. */
  public int known(long xid) {
    for (int probe = 0; probe < PROBES; probe++) {
      long entry = entries[(int) (xid + probe) & MASK];
      if (entry >>> 1 == xid) {
        return (entry & 1) != 0 ? COMMITTED : ABORTED;
      }
      if (entry == 0) {
        return UNKNOWN;
      }
    }
    return UNKNOWN;
  }

  /** The state of a transaction now: anything but {@link #UNKNOWN}. */
  public int state(long xid) {
    int known = known(xid);
    if (known != UNKNOWN) {
      return known;
    }
    if (status.isCurrent(xid)) {
      return CURRENT;
    }
    if (status.isInProgress(xid)) {
      return IN_PROGRESS;
    }
    return isCommitted(xid) ? COMMITTED : ABORTED;
  }

  /** Whether a transaction committed that the caller knows to be over. */
  public boolean isCommitted(long xid) {
    int known = known(xid);
    if (known != UNKNOWN) {
      return known == COMMITTED;
    }
    boolean committed = status.didCommit(xid);
    remember(xid, committed);
    return committed;
  }

  /** Whether {@code xid} belongs to the current transaction. */
  public boolean isCurrent(long xid) {
    return known(xid) == UNKNOWN && status.isCurrent(xid);
  }

  private void remember(long xid, boolean committed) {
    int slot = (int) xid & MASK;
    for (int probe = 0; probe < PROBES; probe++) {
      int candidate = (int) (xid + probe) & MASK;
      if (entries[candidate] == 0) {
        slot = candidate;
        break;
      }
    }
    entries[slot] = xid << 1 | (committed ? 1 : 0);
  }
}
