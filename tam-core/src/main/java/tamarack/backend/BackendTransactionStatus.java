package tamarack.backend;

import tamarack.xact.TransactionStatus;

/** Asks PostgreSQL itself, one downcall a question. */
final class BackendTransactionStatus implements TransactionStatus {

  @Override
  public boolean isCurrent(long xid) {
    return Backend.isCurrent(xid);
  }

  @Override
  public boolean isInProgress(long xid) {
    return Backend.isInProgress(xid);
  }

  @Override
  public boolean didCommit(long xid) {
    return Backend.didCommit(xid);
  }

  @Override
  public void flushCommit(long xid) {
    Backend.flushCommit(xid);
  }

  @Override
  public boolean isRunningInSnapshot(long xid, long snapshot) {
    return Backend.isRunningInSnapshot(xid, snapshot);
  }

  @Override
  public boolean isRemovable(long xid, long visTest) {
    return Backend.isRemovable(xid, visTest);
  }

  @Override
  public long combineCommandIds(long xmin, int cmin, int cmax) {
    return Backend.combineCommandIds(xmin, cmin, cmax);
  }

  @Override
  public int realCmin(int combo) {
    return Backend.realCmin(combo);
  }

  @Override
  public int realCmax(int combo) {
    return Backend.realCmax(combo);
  }

  @Override
  public long[] multiMembers(int multi, boolean onlyLocks) {
    return Backend.multiMembers(multi, onlyLocks);
  }

  @Override
  public int createMulti(long[] members) {
    return Backend.createMulti(members);
  }

  @Override
  public boolean multiPrecedes(int left, int right) {
    return Backend.multiPrecedes(left, right);
  }
}
