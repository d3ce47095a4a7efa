package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tamarack.backend.TamarackException;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;
import tamarack.tuple.SnapshotLayout;
import tamarack.tuple.SnapshotType;
import tamarack.tuple.Verdict;
import tamarack.xact.MemberStatus;

/** Every state of xmin with every state of xmax under every kind of snapshot. */
class VisibilityTest {
  private static final int EARLIER = 1;
  private static final int NOW = 5;
  private static final int TOKEN = 77;
  private static final long ROW = 12;

  /** What may have become of a transaction: whether its deed is there for MVCC, and for what is true now. */
  enum Deed {
    COMMITTED_BEFORE(true, true),
    COMMITTED_AFTER(false, true),
    RUNNING_ELSEWHERE(false, false),
    ABORTED(false, false),
    OWN_EARLIER(true, true),
    OWN_LATER(false, true),
    OWN_ABORTED_SUBTRANSACTION(false, false);

    final boolean inSnapshot;
    final boolean now;

    Deed(boolean inSnapshot, boolean now) {
      this.inSnapshot = inSnapshot;
      this.now = now;
    }

    boolean isOwn() {
      return this == OWN_EARLIER || this == OWN_LATER;
    }
  }

  /** How xmax may look. */
  enum Mark {
    LOCK,
    UPDATE,
    LOCK_IN_MULTI,
    UPDATE_IN_MULTI;

    boolean isUpdate() {
      return this == UPDATE || this == UPDATE_IN_MULTI;
    }

    boolean isMulti() {
      return this == LOCK_IN_MULTI || this == UPDATE_IN_MULTI;
    }
  }

  /** A row to judge; no {@code deleter}: nobody stands in xmax. */
  record Example(boolean isFrozen, Deed inserter, Deed deleter, Mark mark) {
    boolean isInserted(boolean bySnapshot) {
      return isFrozen || (bySnapshot ? inserter.inSnapshot : inserter.now);
    }

    boolean isDeleted(boolean bySnapshot) {
      return deleter != null && mark.isUpdate() && (bySnapshot ? deleter.inSnapshot : deleter.now);
    }

    boolean isDeletedBy(Deed deed) {
      return deleter == deed && mark.isUpdate();
    }
  }

  private final FakeCluster cluster = new FakeCluster();
  private final FakeSession own = cluster.session();
  private final FakeSession other = cluster.session();
  private final Map<Deed, Long> xids = new EnumMap<>(Deed.class);
  private final TestTable table = new TestTable();
  private final List<Long> snapshots = new ArrayList<>();
  private long keySharer;

  @BeforeEach
  void makeTransactions() {
    xids.put(Deed.COMMITTED_BEFORE, ended(true));
    xids.put(Deed.ABORTED, ended(false));
    FakeSession committer = cluster.session().begin();
    xids.put(Deed.COMMITTED_AFTER, committer.xid());
    xids.put(Deed.RUNNING_ELSEWHERE, other.begin().xid());
    keySharer = other.savepoint().xid();
    own.begin();
    xids.put(Deed.OWN_EARLIER, own.xid());
    xids.put(Deed.OWN_LATER, own.savepoint().xid());
    own.releaseSavepoint();
    xids.put(Deed.OWN_ABORTED_SUBTRANSACTION, own.savepoint().xid());
    own.rollbackToSavepoint();
    while (own.command() < NOW) {
      own.nextCommand();
    }
    snapshots.add(own.snapshot(SnapshotType.MVCC));
    committer.commit();
    for (int type = SnapshotType.SELF; type <= SnapshotType.NON_VACUUMABLE; type++) {
      snapshots.add(own.snapshot(type));
    }
  }

  @AfterEach
  void free() {
    snapshots.forEach(Memory::free);
    table.close();
  }

  private long ended(boolean committed) {
    FakeSession session = cluster.session().begin();
    long xid = session.xid();
    if (committed) {
      session.commit();
    } else {
      session.abort();
    }
    return xid;
  }

  static List<Example> examples() {
    List<Example> examples = new ArrayList<>();
    for (boolean isFrozen : new boolean[] {false, true}) {
      for (Deed inserter : Deed.values()) {
        examples.add(new Example(isFrozen, inserter, null, null));
        for (Deed deleter : Deed.values()) {
          for (Mark mark : Mark.values()) {
            if (canBe(isFrozen, inserter, deleter)) {
              examples.add(new Example(isFrozen, inserter, deleter, mark));
            }
          }
        }
      }
    }
    return examples;
  }

  /** What a transaction inserted and did not commit only that transaction can touch. */
  private static boolean canBe(boolean isFrozen, Deed inserter, Deed deleter) {
    boolean deleterIsOwn = deleter.isOwn() || deleter == Deed.OWN_ABORTED_SUBTRANSACTION;
    return switch (inserter) {
      case COMMITTED_BEFORE, COMMITTED_AFTER -> true;
      case OWN_EARLIER -> deleterIsOwn;
      case OWN_LATER -> deleterIsOwn && deleter != Deed.OWN_EARLIER;
      case RUNNING_ELSEWHERE -> deleter == Deed.RUNNING_ELSEWHERE && !isFrozen;
      case ABORTED, OWN_ABORTED_SUBTRANSACTION -> deleter == Deed.ABORTED && !isFrozen;
    };
  }

  private void put(Example example) {
    int cmin = example.inserter == Deed.OWN_EARLIER ? EARLIER : NOW;
    RowHeader row =
        new RowHeader().set(ROW, xids.get(example.inserter), 0, RowInfo.NEXT_NONE, cmin, 0);
    row.change(RowInfo.XMIN_FROZEN, example.isFrozen);
    if (example.deleter != null) {
      touch(row, example, cmin);
    }
    table.store().put(row);
  }

  private void touch(RowHeader row, Example example, int cmin) {
    long xid = xids.get(example.deleter);
    int status = example.mark.isUpdate() ? MemberStatus.UPDATE : MemberStatus.FOR_KEY_SHARE;
    if (example.mark.isMulti()) {
      long[] members = {
        MemberStatus.pack(keySharer, MemberStatus.FOR_KEY_SHARE), MemberStatus.pack(xid, status)
      };
      row.setXmax(own.createMulti(members), true, status + 1);
    } else {
      row.setXmax(xid, false, status + 1);
    }
    if (example.mark.isUpdate()) {
      row.change(RowInfo.DELETED, true);
      putCommand(row, example, cmin);
    }
  }

  private void putCommand(RowHeader row, Example example, int cmin) {
    int cmax = example.deleter == Deed.OWN_LATER ? NOW : EARLIER;
    boolean needsCombo = example.inserter.isOwn() && !example.isFrozen;
    long command = needsCombo ? own.combineCommandIds(row.xmin(), cmin, cmax) : cmax;
    row.setCommand((int) command, needsCombo);
  }

  private boolean isVisible(int snapshotType) {
    return table.isVisible(own, ROW, snapshots.get(snapshotType));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void mvcc(Example example) {
    put(example);
    assertEquals(example.isInserted(true) && !example.isDeleted(true), isVisible(SnapshotType.MVCC));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void self(Example example) {
    put(example);
    assertEquals(example.isInserted(false) && !example.isDeleted(false), isVisible(SnapshotType.SELF));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void any(Example example) {
    put(example);
    assertTrue(isVisible(SnapshotType.ANY));
    assertTrue(isVisible(SnapshotType.TOAST));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void dirty(Example example) {
    put(example);
    boolean insertRuns = example.inserter == Deed.RUNNING_ELSEWHERE && !example.isFrozen;
    boolean deleteRuns = !insertRuns && example.isDeletedBy(Deed.RUNNING_ELSEWHERE);
    boolean expected = insertRuns || example.isInserted(false) && !example.isDeleted(false);
    assertEquals(expected, isVisible(SnapshotType.DIRTY));
    assertDirty(insertRuns ? xids.get(Deed.RUNNING_ELSEWHERE) : 0, deleteRuns ? xids.get(example.deleter) : 0, 0);
  }

  private void assertDirty(long xmin, long xmax, int token) {
    long snapshot = snapshots.get(SnapshotType.DIRTY);
    assertEquals(xmin, Memory.getLong(snapshot + SnapshotLayout.DIRTY_XMIN));
    assertEquals(xmax, Memory.getLong(snapshot + SnapshotLayout.DIRTY_XMAX));
    assertEquals(token, Memory.getInt(snapshot + SnapshotLayout.SPECULATIVE_TOKEN));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void vacuum(Example example) {
    put(example);
    long nothing = 0;
    long everything = Long.MAX_VALUE;
    int verdict = verdict(example);
    assertEquals(verdict, table.vacuumVerdict(own, ROW, nothing));
    int expected = verdict == Verdict.RECENTLY_DEAD ? Verdict.DEAD : verdict;
    assertEquals(expected, table.vacuumVerdict(own, ROW, everything));
    Memory.putLong(snapshots.get(SnapshotType.NON_VACUUMABLE) + SnapshotLayout.VIS_TEST, everything);
    assertEquals(expected != Verdict.DEAD, isVisible(SnapshotType.NON_VACUUMABLE));
  }

  private static int verdict(Example example) {
    if (!example.isFrozen) {
      switch (example.inserter) {
        case ABORTED, OWN_ABORTED_SUBTRANSACTION -> {
          return Verdict.DEAD;
        }
        case RUNNING_ELSEWHERE -> {
          return Verdict.INSERT_IN_PROGRESS;
        }
        case OWN_EARLIER, OWN_LATER -> {
          boolean deleted = example.deleter != null && example.mark.isUpdate() && example.deleter.isOwn();
          return deleted ? Verdict.DELETE_IN_PROGRESS : Verdict.INSERT_IN_PROGRESS;
        }
        default -> { }
      }
    }
    if (example.deleter == null || !example.mark.isUpdate()) {
      return Verdict.LIVE;
    }
    return switch (example.deleter) {
      case COMMITTED_BEFORE, COMMITTED_AFTER -> Verdict.RECENTLY_DEAD;
      case RUNNING_ELSEWHERE, OWN_EARLIER, OWN_LATER -> Verdict.DELETE_IN_PROGRESS;
      default -> Verdict.LIVE;
    };
  }

  @Test
  void aRowDeadToEveryoneIsSeenBySnapshotAnyAlone() {
    table.store().put(new RowHeader().set(ROW, 0, 0, RowInfo.NEXT_NONE, 0, 0));
    for (int type : new int[] {SnapshotType.MVCC, SnapshotType.SELF, SnapshotType.TOAST, SnapshotType.DIRTY}) {
      assertFalse(isVisible(type));
    }
    assertTrue(isVisible(SnapshotType.ANY));
    assertEquals(Verdict.DEAD, table.vacuumVerdict(own, ROW, 0));
  }

  @Test
  void aRunningSpeculativeInsertionShowsItsToken() {
    long xid = xids.get(Deed.RUNNING_ELSEWHERE);
    table.store().put(new RowHeader().set(ROW, xid, 0, TOKEN, 0, RowInfo.SPECULATIVE));
    assertTrue(isVisible(SnapshotType.DIRTY));
    assertDirty(xid, 0, TOKEN);
    assertFalse(isVisible(SnapshotType.MVCC));
  }

  @Test
  void historicSnapshotsAreRefused() {
    put(new Example(false, Deed.COMMITTED_BEFORE, null, null));
    TamarackException refusal = assertThrows(
        TamarackException.class, () -> isVisible(SnapshotType.HISTORIC_MVCC));
    assertEquals("0A000", refusal.sqlState());
  }

  @Test
  void aMultixactThatLostItsUpdaterIsCorruption() {
    long[] members = {
      MemberStatus.pack(keySharer, MemberStatus.FOR_KEY_SHARE),
      MemberStatus.pack(xids.get(Deed.ABORTED), MemberStatus.FOR_SHARE)
    };
    int info = RowInfo.withMode(RowInfo.XMAX_MULTI, RowInfo.MODE_UPDATED);
    table.store().put(
        new RowHeader().set(ROW, xids.get(Deed.COMMITTED_BEFORE), own.createMulti(members), 13, 0, info));
    TamarackException failure = assertThrows(TamarackException.class, () -> isVisible(SnapshotType.MVCC));
    assertEquals("XX001", failure.sqlState());
  }
}
