package tamarack.sqliteheap;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tamarack.sqliteheap.FakeCluster.Fate;
import tamarack.sqliteheap.FakeCluster.Transaction;
import tamarack.tuple.Memory;
import tamarack.tuple.SnapshotLayout;
import tamarack.tuple.SnapshotType;
import tamarack.xact.MemberStatus;
import tamarack.xact.TransactionStatus;

/** One session of a {@link FakeCluster}: its transaction, its commands, and what it can ask about transactions. */
final class FakeSession implements TransactionStatus {
  /** A horizon is a number here: what deleted before it is removable. */
  private final FakeCluster cluster;

  private final Rules rules = new Rules(this);
  private final List<int[]> combos = new ArrayList<>();
  private Transaction current;
  private int command;
  private int multisCreated;
  private int questions;

  FakeSession(FakeCluster cluster) {
    this.cluster = cluster;
  }

  Rules rules() {
    return rules;
  }

  FakeSession begin() {
    current = cluster.start(this, null);
    command = 0;
    combos.clear();
    return this;
  }

  boolean isInTransaction() {
    return current != null;
  }

  int depth() {
    int depth = 0;
    for (Transaction level = current; level != null; level = level.parent) {
      depth++;
    }
    return depth;
  }

  FakeSession savepoint() {
    current = cluster.start(this, current);
    return this;
  }

  FakeSession rollbackToSavepoint() {
    current.end(Fate.ABORTED);
    current = current.parent;
    return this;
  }

  FakeSession releaseSavepoint() {
    current = current.parent;
    return this;
  }

  void commit() {
    end(Fate.COMMITTED);
  }

  void abort() {
    end(Fate.ABORTED);
  }

  private void end(Fate fate) {
    current.top().end(fate);
    current = null;
    combos.clear();
  }

  /** The current (sub)transaction's xid. */
  long xid() {
    return current.xid;
  }

  int command() {
    return command;
  }

  FakeSession nextCommand() {
    command++;
    return this;
  }

  int multisCreated() {
    return multisCreated;
  }

  /** Questions about single transactions that came down here so far. */
  int questions() {
    return questions;
  }

  /** Address of a new flat snapshot of the current command; the caller frees it. */
  long snapshot(int type) {
    long pointer = cluster.takeSnapshot();
    Set<Long> running = cluster.runningInSnapshot(pointer);
    long address = Memory.allocate(SnapshotLayout.SIZE);
    Memory.fill(address, SnapshotLayout.SIZE, (byte) 0);
    Memory.putInt(address + SnapshotLayout.TYPE, type);
    Memory.putInt(address + SnapshotLayout.CURCID, command);
    Memory.putLong(address + SnapshotLayout.XMAX, cluster.nextXid());
    Memory.putLong(
        address + SnapshotLayout.XMIN, running.stream().min(Long::compare).orElse(cluster.nextXid()));
    Memory.putLong(address + SnapshotLayout.POINTER, pointer);
    return address;
  }

  long snapshot() {
    return snapshot(SnapshotType.MVCC);
  }

  @Override
  public boolean isCurrent(long xid) {
    questions++;
    Transaction transaction = cluster.transaction(xid);
    return transaction != null && transaction.session == this && current != null
        && transaction.top() == current.top() && transaction.fate == Fate.RUNNING;
  }

  @Override
  public boolean isInProgress(long xid) {
    questions++;
    return cluster.fate(xid) == Fate.RUNNING;
  }

  @Override
  public boolean didCommit(long xid) {
    questions++;
    return cluster.fate(xid) == Fate.COMMITTED;
  }

  @Override
  public void flushCommit(long xid) {
    cluster.flush(xid);
  }

  @Override
  public boolean isRunningInSnapshot(long xid, long snapshot) {
    questions++;
    return cluster.runningInSnapshot(snapshot).contains(xid);
  }

  @Override
  public boolean isRemovable(long xid, long visTest) {
    return xid < visTest;
  }

  @Override
  public long combineCommandIds(long xmin, int cmin, int cmax) {
    if (!isCurrent(xmin)) {
      throw new AssertionError("not an own row");
    }
    combos.add(new int[] {cmin, cmax});
    return 1L << 32 | (combos.size() - 1);
  }

  @Override
  public int realCmin(int combo) {
    return combos.get(combo)[0];
  }

  @Override
  public int realCmax(int combo) {
    return combos.get(combo)[1];
  }

  @Override
  public long[] multiMembers(int multi, boolean onlyLocks) {
    long[] members = cluster.members(multi);
    for (long member : members) {
      if (onlyLocks && MemberStatus.isUpdate(MemberStatus.status(member))) {
        throw new AssertionError("multixact " + multi + " has an updater");
      }
    }
    return members;
  }

  @Override
  public int createMulti(long[] members) {
    int updaters = 0;
    for (long member : members) {
      updaters += MemberStatus.isUpdate(MemberStatus.status(member)) ? 1 : 0;
    }
    if (updaters > 1 || members.length < 2) {
      throw new AssertionError("multixact of " + members.length + " with " + updaters + " updaters");
    }
    multisCreated++;
    return cluster.createMulti(members);
  }

  @Override
  public boolean multiPrecedes(int left, int right) {
    return left - right < 0;
  }
}
