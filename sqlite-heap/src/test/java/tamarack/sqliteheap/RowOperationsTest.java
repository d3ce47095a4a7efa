package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.sqliteheap.TestTable.Outcome;
import tamarack.tuple.LockMode;
import tamarack.tuple.Memory;
import tamarack.tuple.OperationAction;
import tamarack.tuple.OperationFlag;
import tamarack.tuple.OperationOutput;
import tamarack.tuple.OperationResult;
import tamarack.tuple.RowInfo;
import tamarack.tuple.SnapshotType;
import tamarack.xact.MemberStatus;

/** Single operations: the exact header they leave, and what they report. */
class RowOperationsTest {
  private final FakeCluster cluster = new FakeCluster();
  private final FakeSession one = cluster.session();
  private final FakeSession two = cluster.session();
  private final TestTable table = new TestTable();
  private long row;

  @BeforeEach
  void insertRow() {
    one.begin();
    row = table.insert(one);
    one.commit();
    one.begin();
    two.begin();
  }

  @AfterEach
  void free() {
    table.close();
  }

  private static void assertOk(Outcome outcome) {
    assertEquals(OperationAction.DONE, outcome.action());
    assertEquals(OperationResult.OK, outcome.result());
  }

  private static void assertFailed(int result, long failureRow, long failureXmax, Outcome outcome) {
    assertEquals(OperationAction.DONE, outcome.action());
    assertEquals(result, outcome.result());
    assertEquals(failureRow, outcome.failureRow());
    assertEquals(failureXmax, outcome.failureXmax());
  }

  private void assertXmax(long number, long xmax, int mode) {
    RowHeader header = table.header(number);
    assertFalse(header.isMulti());
    assertEquals(xmax, header.xmax());
    assertEquals(mode, header.mode());
  }

  private void assertMembers(long number, int mode, long... members) {
    RowHeader header = table.header(number);
    assertTrue(header.isMulti());
    assertEquals(mode, header.mode());
    assertArrayEquals(members, cluster.members(header.multi()));
  }

  @Test
  void deleteMarksTheRow() {
    one.nextCommand();
    assertOk(table.delete(one, row));
    assertXmax(row, one.xid(), RowInfo.MODE_KEY_UPDATED);
    assertTrue(table.header(row).isDelete());
    assertEquals(RowInfo.NEXT_NONE, table.header(row).next());
    assertEquals(1, table.header(row).cid());
    assertFalse(table.header(row).isCombo());
  }

  @Test
  void aMoveToAnotherPartitionIsAnUpdateToOthers() {
    assertOk(table.delete(one, row, OperationFlag.CHANGING_PARTITION, 0));
    assertTrue(table.header(row).isMoved());
    assertFalse(table.header(row).isDelete());
    long xid = one.xid();
    one.commit();
    assertFailed(OperationResult.UPDATED, RowInfo.NEXT_MOVED, xid, table.delete(two, row));
  }

  @Test
  void updateLinksTheVersions() {
    one.nextCommand();
    assertOk(table.update(one, row, true));
    assertXmax(row, one.xid(), RowInfo.MODE_UPDATED);
    assertEquals(row + 1, table.header(row).next());
    RowHeader successor = table.header(row + 1);
    assertEquals(one.xid(), successor.xmin());
    assertEquals(1, successor.cid());
    assertEquals(0, successor.info());
    assertEquals(RowInfo.NEXT_NONE, successor.next());
  }

  @Test
  void ownRowGetsAComboCommandId() {
    one.nextCommand();
    long own = table.insert(one);
    one.nextCommand();
    one.savepoint();
    assertOk(table.delete(one, own));
    RowHeader header = table.header(own);
    assertTrue(header.isCombo());
    assertEquals(1, one.realCmin(header.cid()));
    assertEquals(2, one.realCmax(header.cid()));
    one.rollbackToSavepoint().nextCommand();
    assertOk(table.delete(one, own));
    header = table.header(own);
    assertEquals(1, one.realCmin(header.cid()));
    assertEquals(3, one.realCmax(header.cid()));
    Outcome again = table.delete(one, own);
    assertFailed(OperationResult.SELF_MODIFIED, own, one.xid(), again);
    assertEquals(3, again.failureCmax());
    assertEquals(OperationResult.INVISIBLE, table.delete(one.nextCommand(), own).result());
  }

  @Test
  void ownFrozenRowNeedsNoCombo() {
    one.nextCommand();
    long own = table.insert(one, RowInfo.XMIN_FROZEN, RowInfo.NEXT_NONE);
    assertOk(table.delete(one, own));
    assertFalse(table.header(own).isCombo());
    assertEquals(1, table.header(own).cid());
  }

  @Test
  void aLockLeavesTheCommandIdAlone() {
    long own = table.insert(one);
    int cid = table.header(own).cid();
    one.nextCommand().nextCommand();
    assertOk(table.lock(one, own, LockMode.EXCLUSIVE));
    assertEquals(cid, table.header(own).cid());
    assertXmax(own, one.xid(), RowInfo.MODE_UPDATE_LOCK);
  }

  @Test
  void aStrongerLockReplacesTheWeakerOne() {
    for (int mode = LockMode.KEY_SHARE; mode <= LockMode.EXCLUSIVE; mode++) {
      assertOk(table.lock(one, row, mode));
      assertXmax(row, one.xid(), mode + 1);
    }
    int commits = table.store().commits();
    assertOk(table.lock(one, row, LockMode.SHARE));
    assertEquals(commits, table.store().commits());
    assertOk(table.update(one, row, true));
    assertXmax(row, one.xid(), RowInfo.MODE_KEY_UPDATED);
  }

  @Test
  void aSubtransactionsLockGoesWithIt() {
    assertOk(table.lock(one, row, LockMode.KEY_SHARE));
    long top = one.xid();
    one.savepoint();
    assertOk(table.lock(one, row, LockMode.EXCLUSIVE));
    assertMembers(row, RowInfo.MODE_UPDATE_LOCK, MemberStatus.pack(top, MemberStatus.FOR_KEY_SHARE),
        MemberStatus.pack(one.xid(), MemberStatus.FOR_UPDATE));
    assertEquals(OperationAction.WAIT, table.lock(two, row, LockMode.KEY_SHARE).action());
    one.rollbackToSavepoint();
    assertOk(table.lock(two, row, LockMode.KEY_SHARE));
    assertMembers(row, RowInfo.MODE_KEY_SHARE_LOCK, MemberStatus.pack(top, MemberStatus.FOR_KEY_SHARE),
        MemberStatus.pack(two.xid(), MemberStatus.FOR_KEY_SHARE));
  }

  @Test
  void theSameLockNeedsNoOtherMultixact() {
    assertOk(table.lock(one, row, LockMode.KEY_SHARE));
    assertOk(table.lock(two, row, LockMode.SHARE));
    int multi = table.header(row).multi();
    assertOk(table.lock(two, row, LockMode.SHARE));
    assertOk(table.lock(one, row, LockMode.KEY_SHARE));
    assertEquals(multi, table.header(row).multi());
  }

  @Test
  void finishedMembersAreDropped() {
    assertOk(table.lock(one, row, LockMode.SHARE));
    assertOk(table.lock(two, row, LockMode.SHARE));
    one.commit();
    FakeSession three = cluster.session().begin();
    assertOk(table.lock(three, row, LockMode.KEY_SHARE));
    assertMembers(row, RowInfo.MODE_SHARE_LOCK, MemberStatus.pack(two.xid(), MemberStatus.FOR_SHARE),
        MemberStatus.pack(three.xid(), MemberStatus.FOR_KEY_SHARE));
    two.commit();
    three.abort();
    assertOk(table.delete(one.begin(), row));
    assertXmax(row, one.xid(), RowInfo.MODE_KEY_UPDATED);
  }

  @Test
  void lockersLiveOnInTheNewVersion() {
    assertOk(table.lock(one, row, LockMode.KEY_SHARE));
    assertOk(table.update(two, row, true));
    assertMembers(row, RowInfo.MODE_UPDATED, MemberStatus.pack(one.xid(), MemberStatus.FOR_KEY_SHARE),
        MemberStatus.pack(two.xid(), MemberStatus.NO_KEY_UPDATE));
    assertXmax(row + 1, one.xid(), RowInfo.MODE_KEY_SHARE_LOCK);
    two.commit();
    Outcome outcome = table.delete(two.begin(), row + 1);
    assertEquals(OperationAction.WAIT, outcome.action());
    assertEquals(one.xid(), outcome.waitXid());
  }

  @Test
  void severalLockersLiveOnInOneMultixact() {
    FakeSession three = cluster.session().begin();
    assertOk(table.lock(one, row, LockMode.KEY_SHARE));
    assertOk(table.lock(two, row, LockMode.KEY_SHARE));
    int multi = table.header(row).multi();
    assertOk(table.update(three, row, true));
    assertEquals(multi, table.header(row + 1).multi());
    assertEquals(RowInfo.MODE_KEY_SHARE_LOCK, table.header(row + 1).mode());
  }

  @Test
  void anAbortedUpdateDoesNotLiveOn() {
    assertOk(table.lock(one, row, LockMode.KEY_SHARE));
    assertOk(table.update(two, row, true));
    two.abort();
    assertOk(table.update(two.begin(), row, true));
    assertXmax(row + 2, one.xid(), RowInfo.MODE_KEY_SHARE_LOCK);
    assertEquals(row + 2, table.header(row).next());
  }

  @Test
  void aLockAfterAnAbortedUpdateForgetsTheLink() {
    assertOk(table.update(one, row, true));
    one.abort();
    assertOk(table.lock(two, row, LockMode.SHARE));
    assertEquals(RowInfo.NEXT_NONE, table.header(row).next());
    assertXmax(row, two.xid(), RowInfo.MODE_SHARE_LOCK);
  }

  @Test
  void anUpdateAfterAnAbortedDeleteIsNoDelete() {
    assertOk(table.delete(one, row));
    one.abort();
    assertOk(table.update(two, row, false));
    assertFalse(table.header(row).isDelete());
    assertXmax(row, two.xid(), RowInfo.MODE_KEY_UPDATED);
  }

  @Test
  void aDeleteBesideAnOwnLockIsADelete() {
    assertOk(table.lock(one, row, LockMode.SHARE));
    one.savepoint();
    assertOk(table.delete(one, row));
    assertTrue(table.header(row).isDelete());
    assertTrue(table.header(row).isMulti());
    assertEquals(RowInfo.MODE_KEY_UPDATED, table.header(row).mode());
  }

  @Test
  void whoHoldsALockAlreadyMustNotQueue() {
    assertOk(table.lock(one, row, LockMode.SHARE));
    assertOk(table.lock(two, row, LockMode.SHARE));
    Outcome upgrade = table.lock(one, row, LockMode.EXCLUSIVE);
    assertEquals(two.xid(), upgrade.waitXid());
    assertEquals(OperationOutput.SKIP_TUPLE_LOCK, upgrade.outFlags());
    assertEquals(OperationOutput.SKIP_TUPLE_LOCK, table.delete(one, row).outFlags());
    assertEquals(0, table.delete(cluster.session().begin(), row).outFlags());
  }

  @Test
  void keyShareLocksLaterVersionsToo() {
    assertOk(table.update(one, row, true));
    assertOk(table.lock(two, row, LockMode.KEY_SHARE));
    assertMembers(row, RowInfo.MODE_UPDATED, MemberStatus.pack(one.xid(), MemberStatus.NO_KEY_UPDATE),
        MemberStatus.pack(two.xid(), MemberStatus.FOR_KEY_SHARE));
    assertXmax(row + 1, two.xid(), RowInfo.MODE_KEY_SHARE_LOCK);
    one.commit();
    FakeSession three = cluster.session().begin();
    assertEquals(two.xid(), table.delete(three, row + 1).waitXid());
  }

  @Test
  void laterVersionsAreLockedOnDemandOnly() {
    assertOk(table.update(one, row, true));
    assertOk(table.lock(two, row, LockMode.KEY_SHARE, false));
    assertXmax(row + 1, 0, RowInfo.MODE_NONE);
  }

  @Test
  void aDeleteOfALaterVersionIsWaitedFor() {
    assertOk(table.update(one, row, true));
    one.commit();
    assertOk(table.delete(one.begin(), row + 1));
    String before = table.header(row) + " " + table.header(row + 1);
    Outcome outcome = table.lock(two, row, LockMode.KEY_SHARE);
    assertEquals(OperationAction.WAIT, outcome.action());
    assertEquals(one.xid(), outcome.waitXid());
    assertEquals(OperationOutput.WAIT_ON_SUCCESSOR, outcome.outFlags());
    assertEquals(before, table.header(row) + " " + table.header(row + 1));
    one.commit();
    Outcome after = table.lock(two, row, LockMode.KEY_SHARE);
    assertEquals(OperationResult.DELETED, after.result());
    assertEquals(before, table.header(row) + " " + table.header(row + 1));
  }

  @Test
  void crosscheckMustSeeTheRow() {
    long crosscheck = two.snapshot(SnapshotType.MVCC);
    one.nextCommand();
    long late = table.insert(one);
    one.commit();
    assertFailed(OperationResult.UPDATED, late, 0, table.delete(two, late, 0, crosscheck));
    assertOk(table.delete(two, row, 0, crosscheck));
    Memory.free(crosscheck);
  }

  @Test
  void aMissingRowIsInvisible() {
    assertFailed(OperationResult.INVISIBLE, 99, 0, table.delete(one, 99));
    assertFailed(OperationResult.INVISIBLE, 99, 0, table.lock(one, 99, LockMode.SHARE));
  }

  @Test
  void aFailureChangesNothing() {
    TamarackException full = new TamarackException(SqlState.DISK_FULL, "full");
    table.store().failInserts(full);
    String before = table.header(row).toString();
    assertSame(full, assertThrows(TamarackException.class, () -> table.update(one, row, true)));
    assertEquals(before, table.header(row).toString());
    assertFalse(table.store().isInTransaction());
    table.store().failInserts(null);
    assertOk(table.update(one, row, true));
  }
}
