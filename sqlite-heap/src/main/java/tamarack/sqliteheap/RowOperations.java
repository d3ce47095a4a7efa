package tamarack.sqliteheap;

import static tamarack.xact.StatusCache.ABORTED;
import static tamarack.xact.StatusCache.COMMITTED;

import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.tuple.BatchLayout;
import tamarack.tuple.LockMode;
import tamarack.tuple.OperationKind;
import tamarack.tuple.OperationResult;
import tamarack.tuple.RowInfo;
import tamarack.xact.SnapshotView;
import tamarack.xact.StatusCache;

/**
 * Deletes, updates and locks single rows with heap's rules. Each call is one short transaction of the store. It either
 * does the whole operation, or fails and changes nothing, or says for whom to wait and changes nothing; after the wait
 * the caller begins anew, since everything may have changed.
 */
final class RowOperations {
  private final StatusCache states;
  private final Visibility visibility;
  private final UpdateCheck check;
  private final XmaxRules rules;
  private final LaterVersions laterVersions;
  private final OperationFrame frame = new OperationFrame();
  private final RowHeader row = new RowHeader();
  private final RowHeader newVersion = new RowHeader();
  private final RowHolders holders;
  private final SnapshotView crosscheck;

  RowOperations(StatusCache states, Visibility visibility) {
    this.states = states;
    this.visibility = visibility;
    this.check = new UpdateCheck(states, visibility);
    this.rules = new XmaxRules(states.status());
    this.laterVersions = new LaterVersions(states, visibility, rules);
    this.holders = new RowHolders(states);
    this.crosscheck = new SnapshotView(states.status());
  }

  /**
   * Does one operation; the caller holds the writer slot.
   *
   * @param kind one of {@link OperationKind}
   * @param operation address of a {@link tamarack.tuple.OperationLayout}
   */
  void run(RowStore store, int kind, long operation) {
    frame.attach(operation);
    boolean written = false;
    store.begin();
    try {
      if (store.readHeader(frame.row(), row)) {
        holders.load(row);
        written = dispatch(store, kind);
      } else {
        frame.missing();
      }
      if (written) {
        store.commit();
      }
    } catch (Throwable failure) {
      rollBack(store, failure);
      throw failure;
    }
    if (!written) {
      store.rollback();
    }
  }

  /** Rolls back after a failure, which stays the one to report. */
  static void rollBack(RowStore store, Throwable failure) {
    try {
      store.rollback();
    } catch (RuntimeException second) {
      failure.addSuppressed(second);
    }
  }

  /** Whether there is something to commit. */
  private boolean dispatch(RowStore store, int kind) {
    return switch (kind) {
      case OperationKind.DELETE -> delete(store);
      case OperationKind.UPDATE -> update(store);
      case OperationKind.LOCK -> lock(store);
      default -> throw new TamarackException(SqlState.INTERNAL_ERROR, "unknown operation " + kind);
    };
  }

  private boolean delete(RowStore store) {
    if (!mayChange(LockMode.EXCLUSIVE)) {
      return false;
    }
    putUpdater(LockMode.EXCLUSIVE, frame.changesPartition() ? RowInfo.NEXT_MOVED : RowInfo.NEXT_NONE);
    row.change(RowInfo.DELETED, !frame.changesPartition());
    store.writeHeader(row);
    frame.succeed(row);
    return true;
  }

  private boolean update(RowStore store) {
    int lockMode = frame.leavesKeyUnchanged() ? LockMode.NO_KEY_EXCLUSIVE : LockMode.EXCLUSIVE;
    if (!mayChange(lockMode)) {
      return false;
    }
    newVersion.set(frame.newRow(), frame.xid(), 0, RowInfo.NEXT_NONE, frame.cid(), 0);
    rules.carryOver(row, holders, newVersion);
    newVersion.store(frame.newRowBatch() + BatchLayout.HEADER_SIZE);
    putUpdater(lockMode, frame.newRow());
    store.writeHeader(row);
    store.insert(frame.newRowBatch(), 1);
    frame.succeed(row);
    return true;
  }

  /** Whether a delete or an update may go on; if not, the frame says why. */
  private boolean mayChange(int lockMode) {
    int result = check.result(row, holders, frame.cid());
    if (result == OperationResult.BEING_MODIFIED) {
      int blocker = holders.firstConflict(lockMode);
      if (blocker >= 0) {
        await(holders.xid(blocker), false);
        return false;
      }
      result = holders.updaterState() == COMMITTED ? UpdateCheck.changed(row) : OperationResult.OK;
    }
    if (result == OperationResult.OK && !passesCrosscheck()) {
      result = OperationResult.UPDATED;
    }
    if (result != OperationResult.OK) {
      fail(result);
    }
    return result == OperationResult.OK;
  }

  private boolean passesCrosscheck() {
    return frame.crosscheck() == 0 || visibility.satisfies(row, crosscheck.attach(frame.crosscheck()));
  }

  /** Writes the current transaction into the header as the one that updates or deletes. */
  private void putUpdater(int lockMode, long next) {
    long command = Integer.toUnsignedLong(frame.cid());
    if (!row.isFrozen() && states.isCurrent(row.xmin())) {
      command = states.status().combineCommandIds(row.xmin(), visibility.cmin(row), frame.cid());
    }
    rules.add(row, holders, frame.xid(), lockMode, true);
    row.change(RowInfo.DELETED, false);
    row.setNext(next);
    row.setCommand((int) command, command >>> 32 != 0);
  }

  private boolean lock(RowStore store) {
    int lockMode = frame.lockMode();
    int result = check.result(row, holders, frame.cid());
    if (result == OperationResult.INVISIBLE || result == OperationResult.SELF_MODIFIED) {
      fail(result);
      return false;
    }
    if (holders.strongestOwn() >= lockMode) {
      frame.succeed(row);
      return false;
    }
    int blocker = holders.firstConflict(lockMode);
    if (blocker >= 0) {
      await(holders.xid(blocker), false);
      return false;
    }
    if (holders.updaterState() == COMMITTED && (lockMode != LockMode.KEY_SHARE || row.isKeyLocked())) {
      fail(UpdateCheck.changed(row));
      return false;
    }
    return lockThisAndLater(store, lockMode);
  }

  private boolean lockThisAndLater(RowStore store, int lockMode) {
    if (frame.followsUpdates() && row.hasSuccessor() && holders.updaterState() != ABORTED) {
      int result = laterVersions.lock(store, row, frame.xid(), lockMode);
      if (result == LaterVersions.WAIT) {
        await(laterVersions.waitXid(), true);
        return false;
      }
      if (result != OperationResult.OK) {
        fail(result);
        return false;
      }
    }
    rules.add(row, holders, frame.xid(), lockMode, false);
    store.writeHeader(row);
    frame.succeed(row);
    return true;
  }

  private void await(long waitXid, boolean onSuccessor) {
    frame.await(waitXid, row, successor(), updater(), holders.strongestOwn() >= 0, onSuccessor);
  }

  private void fail(int result) {
    int cmax = result == OperationResult.SELF_MODIFIED ? visibility.cmax(row) : OperationFrame.NO_COMMAND;
    frame.fail(result, row, successor(), updater(), cmax);
  }

  /** A link that an aborted update left leads nowhere. */
  private long successor() {
    return row.hasSuccessor() && holders.updaterState() != ABORTED ? row.next() : row.row();
  }

  private long updater() {
    int updater = holders.updater();
    return updater < 0 || holders.state(updater) == ABORTED ? 0 : holders.xid(updater);
  }
}
