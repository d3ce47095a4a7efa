package tamarack.sqliteheap;

import tamarack.tuple.Memory;
import tamarack.tuple.OperationAction;
import tamarack.tuple.OperationFlag;
import tamarack.tuple.OperationLayout;
import tamarack.tuple.OperationOutput;
import tamarack.tuple.OperationResult;
import tamarack.tuple.RowInfo;

/** Reads what C asks for and writes what came out, over an {@link OperationLayout}. Reused. */
final class OperationFrame {
  /** PostgreSQL's InvalidCommandId. */
  static final int NO_COMMAND = -1;

  private long address;

  /** Works on the operation at this address from now on. */
  OperationFrame attach(long operation) {
    address = operation;
    return this;
  }

  long row() {
    return Memory.getLong(address + OperationLayout.ROW);
  }

  long xid() {
    return Memory.getLong(address + OperationLayout.XID);
  }

  int cid() {
    return Memory.getInt(address + OperationLayout.CID);
  }

  int lockMode() {
    return Memory.getInt(address + OperationLayout.LOCK_MODE);
  }

  boolean leavesKeyUnchanged() {
    return has(OperationFlag.KEY_UNCHANGED);
  }

  boolean changesPartition() {
    return has(OperationFlag.CHANGING_PARTITION);
  }

  boolean followsUpdates() {
    return has(OperationFlag.FOLLOW_UPDATES);
  }

  private boolean has(int flag) {
    return (Memory.getInt(address + OperationLayout.FLAGS) & flag) != 0;
  }

  /** Address of a flat snapshot, 0 none. */
  long crosscheck() {
    return Memory.getLong(address + OperationLayout.CROSSCHECK);
  }

  /** Address of the write batch with the new version, 0 none. */
  long newRowBatch() {
    return Memory.getLong(address + OperationLayout.NEW_ROW_BATCH);
  }

  long newRow() {
    return Memory.getLong(address + OperationLayout.NEW_ROW);
  }

  /** The operation is over with {@link OperationResult#OK}. */
  void succeed(RowHeader row) {
    putResult(OperationAction.DONE, OperationResult.OK, 0, 0);
    putFailure(row.row(), 0, NO_COMMAND);
    putRow(row);
  }

  /** There is no such row version. */
  void missing() {
    putResult(OperationAction.DONE, OperationResult.INVISIBLE, 0, 0);
    putFailure(row(), 0, NO_COMMAND);
    putRow(new RowHeader().set(row(), 0, 0, RowInfo.NEXT_NONE, 0, 0));
  }

  /**
   * The operation is over without a change.
   *
   * @param successor where a session goes on that wants the newest version, the row itself if nowhere
   * @param updater who updated or deleted the row version, 0 nobody
   * @param cmax that one's command for {@link OperationResult#SELF_MODIFIED}, else {@link #NO_COMMAND}
   */
  void fail(int result, RowHeader row, long successor, long updater, int cmax) {
    putResult(OperationAction.DONE, result, 0, 0);
    putFailure(successor, updater, cmax);
    putRow(row);
  }

  /**
   * C has to wait first.
   *
   * @param isOwner the current transaction holds a weaker lock already
   * @param onSuccessor {@code waitXid} holds up a later version
   */
  void await(
      long waitXid, RowHeader row, long successor, long updater, boolean isOwner, boolean onSuccessor) {
    int flags =
        (isOwner ? OperationOutput.SKIP_TUPLE_LOCK : 0) | (onSuccessor ? OperationOutput.WAIT_ON_SUCCESSOR : 0);
    putResult(OperationAction.WAIT, OperationResult.BEING_MODIFIED, waitXid, flags);
    putFailure(successor, updater, NO_COMMAND);
    putRow(row);
  }

  private void putResult(int action, int result, long waitXid, int outFlags) {
    Memory.putInt(address + OperationLayout.ACTION, action);
    Memory.putInt(address + OperationLayout.RESULT, result);
    Memory.putLong(address + OperationLayout.WAIT_XID, waitXid);
    Memory.putInt(address + OperationLayout.OUT_FLAGS, outFlags);
  }

  private void putFailure(long failureRow, long failureXmax, int failureCmax) {
    Memory.putLong(address + OperationLayout.FAILURE_ROW, failureRow);
    Memory.putLong(address + OperationLayout.FAILURE_XMAX, failureXmax);
    Memory.putInt(address + OperationLayout.FAILURE_CMAX, failureCmax);
  }

  private void putRow(RowHeader row) {
    Memory.putLong(address + OperationLayout.ROW_XMIN, row.xmin());
    Memory.putLong(address + OperationLayout.ROW_NEXT, row.next());
    Memory.putLong(address + OperationLayout.ROW_XMAX, row.xmax());
    Memory.putInt(address + OperationLayout.ROW_CID, row.cid());
    Memory.putInt(address + OperationLayout.ROW_INFO, row.info());
  }
}
