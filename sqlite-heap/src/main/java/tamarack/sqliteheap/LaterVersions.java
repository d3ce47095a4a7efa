package tamarack.sqliteheap;

import static tamarack.xact.StatusCache.ABORTED;
import static tamarack.xact.StatusCache.COMMITTED;
import static tamarack.xact.StatusCache.CURRENT;
import static tamarack.xact.StatusCache.IN_PROGRESS;

import tamarack.tuple.LockMode;
import tamarack.tuple.OperationResult;
import tamarack.xact.MemberStatus;
import tamarack.xact.StatusCache;

/**
 * Locks the versions that follow a row version which is to be locked although it was updated: else somebody could
 * delete the row by way of its newest version. Does not look at visibility.
 */
final class LaterVersions {
  /** Beside the values of {@link OperationResult}: the current transaction must wait for {@link #waitXid}. */
  static final int WAIT = -1;

  /** Beside the values of {@link OperationResult}: the current transaction holds a lock on this version already. */
  private static final int HELD = -2;

  private final StatusCache states;
  private final Visibility visibility;
  private final XmaxRules rules;
  private final RowHeader version = new RowHeader();
  private final RowHolders holders;
  private long waitXid;

  LaterVersions(StatusCache states, Visibility visibility, XmaxRules rules) {
    this.states = states;
    this.visibility = visibility;
    this.rules = rules;
    this.holders = new RowHolders(states);
  }

  /** The transaction to wait for, after {@link #WAIT}. */
  long waitXid() {
    return waitXid;
  }

  /**
   * Locks all versions after {@code row}, inside a transaction of the store; the caller takes it back when the result
   * is not OK.
   *
   * @return OK; UPDATED or DELETED by a committed transaction in conflict; {@link #WAIT}
   */
  int lock(RowStore store, RowHeader row, long xid, int lockMode) {
    long prior = visibility.updater(row);
    long next = row.next();
    boolean goOn = row.hasSuccessor() && !row.isMoved();
    while (goOn) {
      if (!store.readHeader(next, version) || version.xmin() != prior || isAborted(version)) {
        return OperationResult.OK;
      }
      int result = lockOne(store, xid, lockMode);
      if (result != OperationResult.OK && result != HELD) {
        return result;
      }
      goOn = isUpdated();
      prior = goOn ? visibility.updater(version) : 0;
      next = version.next();
    }
    return OperationResult.OK;
  }

  private boolean isAborted(RowHeader row) {
    return !row.isFrozen() && states.state(row.xmin()) == ABORTED;
  }

  private int lockOne(RowStore store, long xid, int lockMode) {
    holders.load(version);
    for (int i = 0; i < holders.count(); i++) {
      int result = test(i, lockMode);
      if (result != OperationResult.OK) {
        return result;
      }
    }
    rules.add(version, holders, xid, lockMode, false);
    store.writeHeader(version);
    return OperationResult.OK;
  }

  private int test(int holder, int lockMode) {
    int status = holders.status(holder);
    boolean conflict = LockMode.conflict(lockMode, MemberStatus.lockMode(status));
    switch (holders.state(holder)) {
      case CURRENT:
        return HELD;
      case IN_PROGRESS:
        if (conflict) {
          waitXid = holders.xid(holder);
          return WAIT;
        }
        return OperationResult.OK;
      case COMMITTED:
        return conflict && MemberStatus.isUpdate(status) ? UpdateCheck.changed(version) : OperationResult.OK;
      default:
        return OperationResult.OK;
    }
  }

  /** Whether the version in hand has a successor that an update which did not abort made. */
  private boolean isUpdated() {
    return version.hasSuccessor() && !version.isMoved() && holders.load(version).updaterState() != ABORTED;
  }
}
