package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tamarack.sqliteheap.HistoryModel.Event;
import tamarack.sqliteheap.HistoryModel.Snapshot;
import tamarack.sqliteheap.HistoryModel.Version;
import tamarack.sqliteheap.HistoryModel.Wish;
import tamarack.sqliteheap.TestTable.Outcome;
import tamarack.tuple.FreezeLayout;
import tamarack.tuple.LockMode;
import tamarack.tuple.Memory;
import tamarack.tuple.OperationAction;
import tamarack.tuple.OperationFlag;
import tamarack.tuple.OperationResult;
import tamarack.tuple.RowInfo;
import tamarack.tuple.SnapshotLayout;
import tamarack.tuple.SnapshotType;
import tamarack.tuple.Verdict;
import tamarack.xact.MemberStatus;

/** Random histories of a few transactions: every result and every row's visibility agrees with {@link HistoryModel}. */
class HistoryTest {
  private static final int HISTORIES = 150;
  private static final int STEPS = 400;
  private static final int SESSIONS = 4;
  private static final int MAX_ROWS = 24;

  private Random random;
  private FakeCluster cluster;
  private HistoryModel model;
  private TestTable table;
  private List<FakeSession> sessions;
  private List<Snapshot> snapshots;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreesWithTheModel(long seed) {
    for (int history = 0; history < HISTORIES; history++) {
      long exactSeed = seed * 1_000_000 + history;
      try {
        run(exactSeed);
      } catch (Throwable failure) {
        throw new AssertionError("history " + exactSeed, failure);
      }
    }
  }

  private void run(long seed) {
    random = new Random(seed);
    cluster = new FakeCluster();
    model = new HistoryModel(cluster);
    table = new TestTable();
    sessions = new ArrayList<>();
    snapshots = new ArrayList<>();
    for (int i = 0; i < SESSIONS; i++) {
      sessions.add(cluster.session());
    }
    for (int step = 0; step < STEPS; step++) {
      step(sessions.get(random.nextInt(SESSIONS)));
    }
    snapshots.forEach(snapshot -> Memory.free(snapshot.address()));
    table.close();
  }

  private void step(FakeSession session) {
    if (!session.isInTransaction()) {
      session.begin();
      takeSnapshot(session);
      return;
    }
    int choice = random.nextInt(100);
    if (choice < 8) {
      insert(session);
    } else if (choice < 72) {
      operate(session);
    } else if (choice < 78) {
      session.nextCommand();
      takeSnapshot(session);
    } else if (choice < 90) {
      changeLevel(session);
    } else if (choice < 96) {
      end(session);
    } else if (choice < 98) {
      vacuum(session);
    } else {
      freeze(session);
    }
    checkVisibility(session);
  }

  private void takeSnapshot(FakeSession session) {
    Set<Long> running = cluster.running();
    long address = session.snapshot(SnapshotType.MVCC);
    snapshots.add(new Snapshot(session, session.command(), running, cluster.nextXid(), address));
  }

  private void changeLevel(FakeSession session) {
    if (session.depth() == 1 || session.depth() < 4 && random.nextBoolean()) {
      session.savepoint();
    } else if (random.nextBoolean()) {
      session.rollbackToSavepoint();
    } else {
      session.releaseSavepoint();
    }
    session.nextCommand();
  }

  private void end(FakeSession session) {
    snapshots.removeIf(snapshot -> {
      boolean isOfSession = snapshot.session() == session;
      if (isOfSession) {
        Memory.free(snapshot.address());
      }
      return isOfSession;
    });
    if (random.nextInt(3) > 0) {
      session.commit();
    } else {
      session.abort();
    }
  }

  private void insert(FakeSession session) {
    if (table.nextRow() < MAX_ROWS || random.nextInt(4) == 0) {
      if (random.nextInt(4) == 0) {
        insertSpeculatively(session);
      } else {
        model.insert(session, table.insert(session));
      }
    }
  }

  private void insertSpeculatively(FakeSession session) {
    int token = 1 + random.nextInt(1000);
    long row = table.insert(session, RowInfo.SPECULATIVE, token);
    Version version = model.insert(session, row);
    FakeSession other = sessions.stream().filter(s -> s != session).findFirst().orElseThrow();
    long dirty = other.snapshot(SnapshotType.DIRTY);
    assertTrue(table.isVisible(other, row, dirty));
    assertEquals(token, Memory.getInt(dirty + SnapshotLayout.SPECULATIVE_TOKEN));
    Memory.free(dirty);
    version.isKilled = random.nextBoolean();
    session.rules().speculation().finish(table.store(), row, !version.isKilled);
  }

  private void operate(FakeSession session) {
    List<Version> versions = new ArrayList<>(model.versions().values());
    if (versions.isEmpty()) {
      return;
    }
    int newest = Math.max(0, versions.size() - 6);
    boolean preferNew = random.nextInt(3) > 0;
    Version version = versions.get(preferNew ? newest + random.nextInt(versions.size() - newest)
        : random.nextInt(versions.size()));
    switch (random.nextInt(5)) {
      case 0 -> delete(session, version);
      case 1, 2 -> update(session, version);
      default -> lock(session, version);
    }
    if (random.nextInt(3) > 0) {
      session.nextCommand();
    }
  }

  private void lock(FakeSession session, Version version) {
    Wish wish = new Wish(session, version, random.nextInt(4), false, random.nextInt(4) > 0);
    Outcome outcome = table.lock(session, version.row, wish.lockMode(), wish.follows());
    if (check(wish, outcome, model.allowed(wish), model.blockersOfChain(wish))) {
      model.locked(wish);
    }
  }

  private void update(FakeSession session, Version version) {
    boolean keyUnchanged = random.nextInt(3) > 0;
    int lockMode = keyUnchanged ? LockMode.NO_KEY_EXCLUSIVE : LockMode.EXCLUSIVE;
    Wish wish = new Wish(session, version, lockMode, true, false);
    long successor = table.nextRow();
    Outcome outcome = table.update(session, version.row, keyUnchanged);
    if (check(wish, outcome, model.allowed(wish), model.blockers(wish, version))) {
      model.changed(wish, successor);
    } else {
      assertEquals(successor, table.nextRow());
    }
  }

  private void delete(FakeSession session, Version version) {
    boolean moves = random.nextInt(4) == 0;
    Wish wish = new Wish(session, version, LockMode.EXCLUSIVE, true, false);
    Set<Integer> allowed = model.allowed(wish);
    Snapshot crosscheck = random.nextInt(3) == 0 ? snapshotOf(session) : null;
    if (crosscheck != null && allowed.contains(OperationResult.OK) && !model.isVisible(version, crosscheck)) {
      allowed = Set.of(OperationResult.UPDATED);
    }
    Outcome outcome = table.delete(session, version.row, moves ? OperationFlag.CHANGING_PARTITION : 0,
        crosscheck == null ? 0 : crosscheck.address());
    if (check(wish, outcome, allowed, model.blockers(wish, version))) {
      model.changed(wish, moves ? RowInfo.NEXT_MOVED : RowInfo.NEXT_NONE);
    }
  }

  private Snapshot snapshotOf(FakeSession session) {
    List<Snapshot> own = snapshots.stream().filter(snapshot -> snapshot.session() == session).toList();
    return own.get(random.nextInt(own.size()));
  }

  /** Whether the operation was done. */
  private static boolean check(Wish wish, Outcome outcome, Set<Integer> allowed, Set<Long> blockers) {
    int result = outcome.action() == OperationAction.WAIT ? HistoryModel.WAIT : outcome.result();
    assertTrue(allowed.contains(result), () -> wish + " " + outcome + " instead of " + allowed);
    Event update = wish.version().update();
    switch (result) {
      case HistoryModel.WAIT -> assertTrue(blockers.contains(outcome.waitXid()));
      case OperationResult.UPDATED, OperationResult.DELETED -> {
        long next = update == null ? RowInfo.NEXT_NONE : update.successor();
        assertEquals(next == RowInfo.NEXT_NONE ? wish.version().row : next, outcome.failureRow());
        assertEquals(update == null ? 0 : update.by().xid, outcome.failureXmax());
      }
      case OperationResult.SELF_MODIFIED -> assertEquals(update.cmax(), outcome.failureCmax());
      default -> { }
    }
    return result == OperationResult.OK;
  }

  private void checkVisibility(FakeSession session) {
    for (Version version : model.versions().values()) {
      for (Snapshot snapshot : snapshots) {
        assertEquals(
            model.isVisible(version, snapshot), table.isVisible(snapshot.session(), version.row, snapshot.address()),
            () -> table.header(version.row).toString());
      }
    }
    if (session.isInTransaction()) {
      checkCurrent(session);
    }
  }

  private void checkCurrent(FakeSession session) {
    long self = session.snapshot(SnapshotType.SELF);
    for (Version version : model.versions().values()) {
      assertEquals(HistoryModel.isVisibleNow(version, session), table.isVisible(session, version.row, self));
    }
    Memory.free(self);
  }

  private long horizon() {
    long horizon = cluster.oldestRunning();
    for (Snapshot snapshot : snapshots) {
      horizon = Math.min(horizon, Memory.getLong(snapshot.address() + SnapshotLayout.XMIN));
    }
    return horizon;
  }

  /** Removes exactly what is dead to everybody. */
  private void vacuum(FakeSession session) {
    long horizon = horizon();
    for (Version version : List.copyOf(model.versions().values())) {
      boolean isDead = HistoryModel.isDead(version, horizon);
      assertEquals(isDead, table.vacuumVerdict(session, version.row, horizon) == Verdict.DEAD);
      if (isDead) {
        table.store().remove(version.row);
        model.versions().remove(version.row);
      }
    }
  }

  /** Freezes with random limits: nothing may look different afterwards, and the oldest ids must be right. */
  private void freeze(FakeSession session) {
    vacuum(session);
    long horizon = horizon();
    long limit = horizon - random.nextInt(40);
    int multiLimit = Math.max(1, cluster.nextMulti() - random.nextInt(10));
    long limits = Memory.allocate(FreezeLayout.SIZE);
    Memory.putLong(limits + FreezeLayout.LIMIT, limit);
    Memory.putLong(limits + FreezeLayout.OLDEST_XMIN, horizon);
    Memory.putInt(limits + FreezeLayout.MULTI_LIMIT, multiLimit);
    Memory.putLong(limits + FreezeLayout.OLDEST_XID, horizon);
    Memory.putInt(limits + FreezeLayout.OLDEST_MULTI, cluster.nextMulti());
    RowFreezer freezer = session.rules().freezer().attach(limits);
    table.store().begin();
    for (long row : new HashSet<>(model.versions().keySet())) {
      RowHeader header = table.header(row);
      if (freezer.freeze(header)) {
        table.store().writeHeader(header);
      }
    }
    table.store().commit();
    freezer.report();
    checkOldest(Memory.getLong(limits + FreezeLayout.OLDEST_XID), Memory.getInt(limits + FreezeLayout.OLDEST_MULTI));
    assertTrue(Memory.getLong(limits + FreezeLayout.OLDEST_XID) >= limit);
    assertTrue(Memory.getInt(limits + FreezeLayout.OLDEST_MULTI) >= multiLimit);
    Memory.free(limits);
  }

  private void checkOldest(long oldestXid, int oldestMulti) {
    for (long row : model.versions().keySet()) {
      RowHeader header = table.header(row);
      assertTrue(header.isFrozen() || header.xmin() >= oldestXid);
      if (header.isMulti()) {
        assertTrue(header.multi() >= oldestMulti);
        for (long member : cluster.members(header.multi())) {
          assertTrue(MemberStatus.xid(member) >= oldestXid);
        }
      } else if (header.mode() != RowInfo.MODE_NONE) {
        assertTrue(header.xmax() >= oldestXid);
      }
    }
  }
}
