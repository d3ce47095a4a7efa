package tamarack.xact;

import java.util.HashSet;
import java.util.Set;

/** Knows which transactions are current, running or committed, and counts the questions. */
final class FakeStatus implements TransactionStatus {
  final Set<Long> current = new HashSet<>();
  final Set<Long> running = new HashSet<>();
  final Set<Long> committed = new HashSet<>();
  int questions;

  @Override
  public boolean isCurrent(long xid) {
    questions++;
    return current.contains(xid);
  }

  @Override
  public boolean isInProgress(long xid) {
    questions++;
    return current.contains(xid) || running.contains(xid);
  }

  @Override
  public boolean didCommit(long xid) {
    questions++;
    return committed.contains(xid);
  }

  @Override
  public void flushCommit(long xid) {
    questions++;
  }

  @Override
  public boolean isRunningInSnapshot(long xid, long snapshot) {
    questions++;
    return running.contains(xid);
  }

  @Override
  public boolean isRemovable(long xid, long visTest) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long combineCommandIds(long xmin, int cmin, int cmax) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int realCmin(int combo) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int realCmax(int combo) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long[] multiMembers(int multi, boolean onlyLocks) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int createMulti(long[] members) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean multiPrecedes(int left, int right) {
    throw new UnsupportedOperationException();
  }
}
