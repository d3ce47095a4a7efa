package tamarack.sqliteheap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A transaction system in memory: what the sessions of one server share. */
final class FakeCluster {
  /** What a transaction has come to; a subtransaction runs as long as its parent does, unless it aborts. */
  enum Fate {
    RUNNING,
    COMMITTED,
    ABORTED
  }

  /** A transaction or subtransaction with an id. */
  static final class Transaction {
    final long xid;
    final FakeSession session;
    final Transaction parent;
    final List<Transaction> children = new ArrayList<>();
    Fate fate = Fate.RUNNING;

    Transaction(long xid, FakeSession session, Transaction parent) {
      this.xid = xid;
      this.session = session;
      this.parent = parent;
      if (parent != null) {
        parent.children.add(this);
      }
    }

    Transaction top() {
      return parent == null ? this : parent.top();
    }

    /** Ends this one and all below that did not abort before. */
    void end(Fate end) {
      if (fate == Fate.RUNNING) {
        fate = end;
        children.forEach(child -> child.end(end));
      }
    }
  }

  private static final long FIRST_XID = (7L << 32) + 1000;

  private final Map<Long, Transaction> transactions = new HashMap<>();
  private final Map<Integer, long[]> multis = new HashMap<>();
  private final Map<Long, Set<Long>> snapshots = new HashMap<>();
  private final Set<Long> flushed = new HashSet<>();
  private long nextXid = FIRST_XID;
  private int nextMulti = 1;
  private long nextSnapshot = 1;

  FakeSession session() {
    return new FakeSession(this);
  }

  Transaction start(FakeSession session, Transaction parent) {
    Transaction transaction = new Transaction(nextXid++, session, parent);
    transactions.put(transaction.xid, transaction);
    return transaction;
  }

  Fate fate(long xid) {
    return transactions.get(xid).fate;
  }

  Transaction transaction(long xid) {
    return transactions.get(xid);
  }

  long nextXid() {
    return nextXid;
  }

  /** The oldest running xid, or the next one. */
  long oldestRunning() {
    return running().stream().min(Long::compare).orElse(nextXid);
  }

  Set<Long> running() {
    Set<Long> running = new HashSet<>();
    transactions.forEach((xid, transaction) -> {
      if (transaction.fate == Fate.RUNNING) {
        running.add(xid);
      }
    });
    return running;
  }

  /** The pointer of a new snapshot; what runs now runs for it ever after. */
  long takeSnapshot() {
    snapshots.put(nextSnapshot, running());
    return nextSnapshot++;
  }

  Set<Long> runningInSnapshot(long pointer) {
    return snapshots.get(pointer);
  }

  int createMulti(long[] members) {
    multis.put(nextMulti, members.clone());
    return nextMulti++;
  }

  long[] members(int multi) {
    return multis.get(multi).clone();
  }

  void flush(long xid) {
    flushed.add(xid);
  }

  /** Whether somebody made sure that the transaction's commit survives a crash. */
  boolean isFlushed(long xid) {
    return flushed.contains(xid);
  }

  int nextMulti() {
    return nextMulti;
  }
}
