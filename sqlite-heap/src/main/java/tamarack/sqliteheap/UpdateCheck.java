package tamarack.sqliteheap;

import static tamarack.xact.StatusCache.COMMITTED;
import static tamarack.xact.StatusCache.CURRENT;

import tamarack.tuple.OperationResult;
import tamarack.xact.StatusCache;

/** Whether a command may work on a row version, as heap's HeapTupleSatisfiesUpdate tells it. */
final class UpdateCheck {
  private final StatusCache states;
  private final Visibility visibility;

  UpdateCheck(StatusCache states, Visibility visibility) {
    this.states = states;
    this.visibility = visibility;
  }

  /**
   * Looks at a row version for a command that begins now.
   *
   * @param holders those in the row version's xmax
   * @return {@link OperationResult}: OK; INVISIBLE: not there for this command; SELF_MODIFIED: the current transaction
   *     changed it after the command began; UPDATED and DELETED: by one that committed; BEING_MODIFIED: somebody who
   *     still runs, maybe the current transaction, stands in xmax
   */
  int result(RowHeader row, RowHolders holders, int command) {
    if (!isInserted(row, command)) {
      return OperationResult.INVISIBLE;
    }
    int updater = holders.updaterState();
    if (updater == CURRENT) {
      boolean later = Integer.compareUnsigned(visibility.cmax(row), command) >= 0;
      return later ? OperationResult.SELF_MODIFIED : OperationResult.INVISIBLE;
    }
    if (holders.isAnyRunning()) {
      return OperationResult.BEING_MODIFIED;
    }
    return updater == COMMITTED ? changed(row) : OperationResult.OK;
  }

  private boolean isInserted(RowHeader row, int command) {
    if (row.isFrozen()) {
      return true;
    }
    if (row.xmin() == 0) {
      return false;
    }
    int inserter = states.state(row.xmin());
    if (inserter == CURRENT) {
      return Integer.compareUnsigned(visibility.cmin(row), command) < 0;
    }
    return inserter == COMMITTED;
  }

  /** What a committed updater did. */
  static int changed(RowHeader row) {
    return row.hasSuccessor() ? OperationResult.UPDATED : OperationResult.DELETED;
  }
}
