package tamarack.sqliteheap;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tamarack.sqliteheap.FakeCluster.Fate;
import tamarack.sqliteheap.FakeCluster.Transaction;
import tamarack.tuple.LockMode;
import tamarack.tuple.OperationResult;
import tamarack.tuple.RowInfo;

/**
 * Row versions without headers: each remembers everything that anybody ever did to it, and what holds now is worked out
 * from that and from what became of the transactions. What {@link RowOperations} squeezes into a header must lead to
 * the same answers.
 */
final class HistoryModel {
  /** Beside the results of {@link OperationResult}. */
  static final int WAIT = -1;

  /** A lock or, with {@code isUpdate}, an update or delete. */
  record Event(Transaction by, int lockMode, boolean isUpdate, int cmax, long successor) {
    boolean isRunning() {
      return by.fate == Fate.RUNNING;
    }

    boolean isCommitted() {
      return by.fate == Fate.COMMITTED;
    }
  }

  /** A row version. */
  static final class Version {
    final long row;
    final Transaction inserter;
    final int cmin;
    final List<Event> events = new ArrayList<>();
    boolean isKilled;

    Version(long row, Transaction inserter, int cmin) {
      this.row = row;
      this.inserter = inserter;
      this.cmin = cmin;
    }

    /** The update or delete that did not abort, null when there is none. */
    Event update() {
      return events.stream().filter(e -> e.isUpdate && e.by.fate != Fate.ABORTED).findFirst().orElse(null);
    }
  }

  /** What a session wants to do. */
  record Wish(FakeSession session, Version version, int lockMode, boolean isChange, boolean follows) {}

  /** A snapshot: who took it at which command, and what ran then. */
  record Snapshot(FakeSession session, int command, Set<Long> running, long xmax, long address) {}

  private final FakeCluster cluster;
  private final Map<Long, Version> versions = new TreeMap<>();

  HistoryModel(FakeCluster cluster) {
    this.cluster = cluster;
  }

  Map<Long, Version> versions() {
    return versions;
  }

  private Transaction by(FakeSession session) {
    return cluster.transaction(session.xid());
  }

  static boolean isOwn(FakeSession session, Transaction transaction) {
    return transaction.session == session && transaction.fate == Fate.RUNNING;
  }

  Version insert(FakeSession session, long row) {
    Version version = new Version(row, by(session), session.command());
    versions.put(row, version);
    return version;
  }

  /** All results that would be right; a wait, if right, must be for one of {@link #blockers}. */
  Set<Integer> allowed(Wish wish) {
    Version version = wish.version;
    if (!isThere(wish.session, version)) {
      return Set.of(OperationResult.INVISIBLE);
    }
    Event update = version.update();
    if (update != null && isOwn(wish.session, update.by)) {
      return Set.of(
          update.cmax >= wish.session.command() ? OperationResult.SELF_MODIFIED : OperationResult.INVISIBLE);
    }
    if (!wish.isChange && holds(wish.session, version, wish.lockMode)) {
      return Set.of(OperationResult.OK);
    }
    if (!blockers(wish, version).isEmpty()) {
      return Set.of(WAIT);
    }
    if (update != null && update.isCommitted()) {
      if (wish.isChange || LockMode.conflict(wish.lockMode, update.lockMode)) {
        return Set.of(changed(update));
      }
      if (isKeyLockUncertain(version, update)) {
        return withChain(wish, changed(update));
      }
    }
    return wish.isChange ? Set.of(OperationResult.OK) : withChain(wish, OperationResult.OK);
  }

  private Set<Integer> withChain(Wish wish, int more) {
    Set<Integer> allowed = new HashSet<>(wish.follows ? chain(wish, false) : Set.of(OperationResult.OK));
    if (more != OperationResult.OK) {
      allowed.add(more);
    }
    return allowed;
  }

  private boolean isThere(FakeSession session, Version version) {
    if (version.isKilled) {
      return false;
    }
    return isOwn(session, version.inserter)
        ? version.cmin < session.command()
        : version.inserter.fate == Fate.COMMITTED;
  }

  private static boolean holds(FakeSession session, Version version, int lockMode) {
    return version.events.stream().anyMatch(e -> isOwn(session, e.by) && e.lockMode >= lockMode);
  }

  /** Running transactions of other sessions in the way. */
  Set<Long> blockers(Wish wish, Version version) {
    Set<Long> blockers = new HashSet<>();
    for (Event event : version.events) {
      if (event.isRunning() && event.by.session != wish.session
          && LockMode.conflict(wish.lockMode, event.lockMode)) {
        blockers.add(event.by.xid);
      }
    }
    return blockers;
  }

  /** All who may be waited for, later versions included. */
  Set<Long> blockersOfChain(Wish wish) {
    Set<Long> blockers = new HashSet<>(blockers(wish, wish.version));
    for (Version later : later(wish.version)) {
      blockers.addAll(blockers(wish, later));
    }
    return blockers;
  }

  /** A header keeps the stronger of a transaction's lock and its update, even after its end: as in heap. */
  private static boolean isKeyLockUncertain(Version version, Event update) {
    return version.events.stream()
        .anyMatch(e -> e.lockMode == LockMode.EXCLUSIVE && e.by.top() == update.by.top());
  }

  static int changed(Event update) {
    return update.successor == RowInfo.NEXT_NONE ? OperationResult.DELETED : OperationResult.UPDATED;
  }

  private List<Version> later(Version version) {
    List<Version> later = new ArrayList<>();
    Event update = version.update();
    while (update != null && update.successor >= 0) {
      Version next = versions.get(update.successor);
      if (next == null || next.inserter.fate == Fate.ABORTED) {
        break;
      }
      later.add(next);
      update = next.update();
    }
    return later;
  }

  /** What locking the later versions leads to; with {@code isDone} the locks are remembered. */
  private Set<Integer> chain(Wish wish, boolean isDone) {
    Set<Integer> allowed = new HashSet<>();
    for (Version later : later(wish.version)) {
      boolean isHeld = later.events.stream().anyMatch(e -> isOwn(wish.session, e.by));
      if (!isHeld) {
        if (!blockers(wish, later).isEmpty()) {
          allowed.add(WAIT);
          return allowed;
        }
        Event update = later.update();
        if (update != null && update.isCommitted()) {
          if (LockMode.conflict(wish.lockMode, update.lockMode)) {
            allowed.add(changed(update));
            return allowed;
          }
          if (isKeyLockUncertain(later, update)) {
            allowed.add(changed(update));
          }
        }
        if (isDone) {
          later.events.add(lockEvent(wish));
        }
      }
    }
    allowed.add(OperationResult.OK);
    return allowed;
  }

  private Event lockEvent(Wish wish) {
    return new Event(by(wish.session), wish.lockMode, false, 0, RowInfo.NEXT_NONE);
  }

  void locked(Wish wish) {
    if (holds(wish.session, wish.version, wish.lockMode)) {
      return;
    }
    if (wish.follows) {
      chain(wish, true);
    }
    wish.version.events.add(lockEvent(wish));
  }

  /** Somebody updated (successor is a row number) or deleted; the locks of others go over to the successor. */
  void changed(Wish wish, long successor) {
    Version version = wish.version;
    if (successor >= 0) {
      Version next = insert(wish.session, successor);
      version.events.stream()
          .filter(e -> !e.isUpdate && e.isRunning() && e.by.session != wish.session)
          .forEach(next.events::add);
    }
    version.events.add(new Event(by(wish.session), wish.lockMode, true, wish.session.command(), successor));
  }

  boolean isVisible(Version version, Snapshot snapshot) {
    Event update = version.update();
    return !version.isKilled && sees(snapshot, version.inserter, version.cmin)
        && (update == null || !sees(snapshot, update.by, update.cmax));
  }

  private static boolean sees(Snapshot snapshot, Transaction transaction, int command) {
    if (isOwn(snapshot.session, transaction)) {
      return command < snapshot.command;
    }
    return transaction.fate == Fate.COMMITTED && transaction.xid < snapshot.xmax
        && !snapshot.running.contains(transaction.xid);
  }

  /** What the session would see now, commands of its own that have just run included. */
  static boolean isVisibleNow(Version version, FakeSession session) {
    Event update = version.update();
    return !version.isKilled && isNow(version.inserter, session) && (update == null || !isNow(update.by, session));
  }

  private static boolean isNow(Transaction transaction, FakeSession session) {
    return isOwn(session, transaction) || transaction.fate == Fate.COMMITTED;
  }

  static boolean isDead(Version version, long horizon) {
    Event update = version.update();
    return version.isKilled || version.inserter.fate == Fate.ABORTED
        || version.inserter.fate == Fate.COMMITTED && update != null && update.isCommitted()
            && update.by.xid < horizon;
  }
}
