package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tamarack.tuple.FreezeLayout;
import tamarack.tuple.LockMode;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;
import tamarack.xact.MemberStatus;

/** What VACUUM does to one header. */
class RowFreezerTest {
  private static final int NO_MULTI_LIMIT = 1;

  private final FakeCluster cluster = new FakeCluster();
  private final FakeSession one = cluster.session();
  private final FakeSession two = cluster.session();
  private final FakeSession old = cluster.session();
  private final FakeSession vacuum = cluster.session();
  private final TestTable table = new TestTable();
  private final long limits = Memory.allocate(FreezeLayout.SIZE);
  private long row;
  private long inserter;

  @BeforeEach
  void insertRow() {
    one.begin();
    inserter = one.xid();
    row = table.insert(one);
    one.commit();
    old.begin();
    one.begin();
  }

  @AfterEach
  void free() {
    Memory.free(limits);
    table.close();
  }

  /** Freezes with the oldest running xid as OldestXmin. */
  private boolean freeze(long limit, int multiLimit) {
    Memory.putLong(limits + FreezeLayout.LIMIT, limit);
    Memory.putLong(limits + FreezeLayout.OLDEST_XMIN, cluster.oldestRunning());
    Memory.putInt(limits + FreezeLayout.MULTI_LIMIT, multiLimit);
    Memory.putLong(limits + FreezeLayout.OLDEST_XID, cluster.nextXid());
    Memory.putInt(limits + FreezeLayout.OLDEST_MULTI, cluster.nextMulti());
    RowFreezer freezer = vacuum.rules().freezer().attach(limits);
    RowHeader header = table.header(row);
    boolean changed = freezer.freeze(header);
    table.store().put(header);
    freezer.report();
    return changed;
  }

  private long oldestXid() {
    return Memory.getLong(limits + FreezeLayout.OLDEST_XID);
  }

  private int oldestMulti() {
    return Memory.getInt(limits + FreezeLayout.OLDEST_MULTI);
  }

  @Test
  void aYoungRowIsCountedOnly() {
    assertFalse(freeze(inserter, NO_MULTI_LIMIT));
    assertFalse(cluster.isFlushed(inserter));
    assertEquals(inserter, oldestXid());
    assertFalse(table.header(row).isFrozen());
  }

  @Test
  void anOldRowIsFrozenAndKeepsItsXmin() {
    assertTrue(freeze(inserter + 1, NO_MULTI_LIMIT));
    assertTrue(cluster.isFlushed(inserter));
    assertTrue(table.header(row).isFrozen());
    assertEquals(inserter, table.header(row).xmin());
    assertEquals(cluster.nextXid(), oldestXid());
    assertFalse(freeze(inserter + 1, NO_MULTI_LIMIT));
  }

  @Test
  void anAbortedInsertThatIsDueIsBuried() {
    row = table.insert(one);
    long aborted = one.xid();
    one.abort();
    assertFalse(freeze(aborted, NO_MULTI_LIMIT));
    assertEquals(aborted, oldestXid());
    assertTrue(freeze(aborted + 1, NO_MULTI_LIMIT));
    assertEquals(0, table.header(row).xmin());
    assertFalse(table.header(row).isFrozen());
    assertEquals(cluster.nextXid(), oldestXid());
  }

  @Test
  void aRowDeadToEveryoneIsPassedOver() {
    table.store().put(new RowHeader().set(row, 0, 0, RowInfo.NEXT_NONE, 0, 0));
    assertFalse(freeze(cluster.nextXid(), NO_MULTI_LIMIT));
    assertEquals(cluster.nextXid(), oldestXid());
  }

  @Test
  void aFinishedLockGoes() {
    table.lock(one, row, LockMode.SHARE);
    long locker = one.xid();
    one.commit();
    two.begin();
    assertFalse(freeze(inserter, NO_MULTI_LIMIT));
    assertEquals(inserter, oldestXid());
    assertTrue(freeze(locker + 1, NO_MULTI_LIMIT));
    assertEquals(RowInfo.MODE_NONE, table.header(row).mode());
    assertTrue(table.header(row).isFrozen());
  }

  @Test
  void anAbortedUpdateGoesWithItsLink() {
    table.update(one, row, true);
    one.abort();
    assertTrue(freeze(cluster.nextXid(), NO_MULTI_LIMIT));
    assertEquals(RowInfo.MODE_NONE, table.header(row).mode());
    assertEquals(RowInfo.NEXT_NONE, table.header(row).next());
  }

  @Test
  void aDeleteThatASnapshotMayMissStays() {
    table.delete(one, row);
    long deleter = one.xid();
    one.commit();
    assertTrue(freeze(inserter + 1, NO_MULTI_LIMIT));
    assertTrue(table.header(row).isFrozen());
    assertEquals(deleter, table.header(row).xmax());
    assertTrue(table.header(row).isDelete());
    assertEquals(deleter, oldestXid());
  }

  @Test
  void aRowDeletedBehindTheHorizonIsBuried() {
    table.delete(one, row);
    long deleter = one.xid();
    one.commit();
    old.commit();
    assertTrue(freeze(deleter + 1, NO_MULTI_LIMIT));
    assertTrue(cluster.isFlushed(deleter));
    RowHeader header = table.header(row);
    assertEquals(0, header.xmin());
    assertEquals(RowInfo.MODE_NONE, header.mode());
    assertFalse(header.isFrozen() || header.isDelete());
    assertEquals(cluster.nextXid(), oldestXid());
  }

  @Test
  void aRunningLockStays() {
    table.lock(one, row, LockMode.SHARE);
    freeze(cluster.nextXid(), NO_MULTI_LIMIT);
    assertEquals(one.xid(), table.header(row).xmax());
    assertEquals(one.xid(), oldestXid());
  }

  @Test
  void anOldMultixactOfFinishedLockersGoes() {
    table.lock(one, row, LockMode.SHARE);
    table.lock(two.begin(), row, LockMode.SHARE);
    int multi = table.header(row).multi();
    one.commit();
    two.commit();
    assertFalse(freeze(inserter, multi));
    assertEquals(multi, oldestMulti());
    assertTrue(freeze(inserter, multi + 1));
    assertEquals(RowInfo.MODE_NONE, table.header(row).mode());
    assertEquals(cluster.nextMulti(), oldestMulti());
  }

  @Test
  void theOnlySurvivorNeedsNoMultixact() {
    table.lock(one, row, LockMode.KEY_SHARE);
    table.update(two.begin(), row, true);
    one.commit();
    two.commit();
    long updater = MemberStatus.xid(cluster.members(table.header(row).multi())[1]);
    assertTrue(freeze(inserter, cluster.nextMulti()));
    RowHeader header = table.header(row);
    assertFalse(header.isMulti());
    assertEquals(updater, header.xmax());
    assertEquals(RowInfo.MODE_UPDATED, header.mode());
    assertEquals(row + 1, header.next());
  }

  @Test
  void aDeleteStaysADelete() {
    table.lock(one, row, LockMode.SHARE);
    one.savepoint();
    table.delete(one, row);
    long deleter = one.xid();
    one.commit();
    assertTrue(freeze(inserter, cluster.nextMulti()));
    assertEquals(deleter, table.header(row).xmax());
    assertTrue(table.header(row).isDelete());
    assertEquals(RowInfo.MODE_KEY_UPDATED, table.header(row).mode());
  }

  @Test
  void survivorsMoveToANewMultixact() {
    FakeSession three = cluster.session().begin();
    table.lock(three, row, LockMode.KEY_SHARE);
    table.lock(one, row, LockMode.KEY_SHARE);
    table.lock(two.begin(), row, LockMode.SHARE);
    three.commit();
    int old = table.header(row).multi();
    assertTrue(freeze(inserter, cluster.nextMulti()));
    RowHeader header = table.header(row);
    assertTrue(header.multi() > old);
    assertArrayEquals(
        new long[] {
          MemberStatus.pack(one.xid(), MemberStatus.FOR_KEY_SHARE), MemberStatus.pack(two.xid(), MemberStatus.FOR_SHARE)
        },
        cluster.members(header.multi()));
    assertEquals(RowInfo.MODE_SHARE_LOCK, header.mode());
    assertEquals(one.xid(), oldestXid());
  }

  @Test
  void aYoungMultixactIsNotReplacedBecauseTheInserterIsOld() {
    table.lock(one, row, LockMode.KEY_SHARE);
    table.lock(two.begin(), row, LockMode.SHARE);
    int multi = table.header(row).multi();
    assertTrue(freeze(inserter + 1, multi));
    assertEquals(multi, table.header(row).multi());
    assertTrue(table.header(row).isFrozen());
    assertEquals(one.xid(), oldestXid());
    assertEquals(multi, oldestMulti());
  }
}
