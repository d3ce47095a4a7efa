package tamarack.xact;

/**
 * What PostgreSQL knows about transactions. Transaction ids are 64-bit full ids, multixact ids and command ids unsigned
 * 32-bit. Of the outcome of a transaction, ask {@link #isCurrent} and {@link #isInProgress} before {@link #didCommit}:
 * a transaction that commits is marked so before it leaves the list of running ones.
 */
public interface TransactionStatus {
  /** Bits of a packed multixact member below the transaction id. */
  int MEMBER_STATUS_BITS = 3;

  /** Whether {@code xid} is the current transaction or one of its subtransactions that did not abort. */
  boolean isCurrent(long xid);

  /** Whether {@code xid} is running in any session, this one and prepared transactions included. */
  boolean isInProgress(long xid);

  /** Whether {@code xid} committed; false for one that aborted, crashed or still runs. */
  boolean didCommit(long xid);

  /**
   * Makes sure that a committed transaction stays committed after a crash: with {@code synchronous_commit = off} its
   * commit record may not be on disk yet. Whoever takes its outcome for granted in a file, by removing a row that it
   * deleted or freezing one that it inserted, asks for this first.
   */
  void flushCommit(long xid);

  /**
   * Whether an MVCC snapshot takes {@code xid} for running.
   *
   * @param snapshot the SnapshotData pointer
   */
  boolean isRunningInSnapshot(long xid, long snapshot);

  /**
   * Whether no snapshot needs rows any more that {@code xid} deleted.
   *
   * @param visTest the GlobalVisState pointer, never 0
   */
  boolean isRemovable(long xid, long visTest);

  /**
   * The command id to store when the current transaction deletes a row that it inserted itself.
   *
   * @return the command id in the low 32 bits; bit 32 tells whether it is a combo command id
   */
  long combineCommandIds(long xmin, int cmin, int cmax);

  /** The command that inserted, of a combo command id of the current transaction. */
  int realCmin(int combo);

  /** The command that deleted, of a combo command id of the current transaction. */
  int realCmax(int combo);

  /**
   * Members of a multixact, each {@code xid << 3 | status} with the status of {@link MemberStatus}.
   *
   * @param onlyLocks no member is an updater: ids so old that all members must be over need no look-up
   * @return empty when no member can be running any more
   */
  long[] multiMembers(int multi, boolean onlyLocks);

  /**
   * A multixact of these packed members, at most one of them an updater. When this session's transaction is a member,
   * the session has announced before it locked its first row that it takes part in multixacts
   * (MultiXactIdSetOldestMember).
   */
  int createMulti(long[] members);

  /** Whether one multixact id is older than another, in the circular order of 32-bit ids. */
  boolean multiPrecedes(int left, int right);
}
