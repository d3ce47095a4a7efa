package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tamarack.tuple.LockMode;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;

/** Which index entries may go. */
class DeadRowsTest {
  private static final int ROWS = 8;

  private final FakeCluster cluster = new FakeCluster();
  private final FakeSession session = cluster.session();
  private final TestTable table = new TestTable();
  private final long rows = Memory.allocate(8 * ROWS);
  private final long dead = Memory.allocate(ROWS);

  @AfterEach
  void free() {
    Memory.free(rows);
    Memory.free(dead);
    table.close();
  }

  private long insert(boolean committed) {
    session.begin();
    long row = table.insert(session);
    if (committed) {
      session.commit();
    } else {
      session.abort();
    }
    return row;
  }

  private long find(long horizon, long... numbers) {
    for (int i = 0; i < numbers.length; i++) {
      Memory.putLong(rows + 8L * i, numbers[i]);
    }
    Memory.fill(dead, ROWS, (byte) 9);
    return session.rules().deadRows().find(table.store(), rows, dead, numbers.length, horizon);
  }

  private void assertDead(int... expected) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], Memory.getByte(dead + i), "entry " + i);
    }
    assertEquals(9, Memory.getByte(dead + expected.length));
  }

  @Test
  void deletedMissingAndAbortedRowsAreDead() {
    long live = insert(true);
    long aborted = insert(false);
    long deleted = insert(true);
    table.delete(session.begin(), deleted);
    long deleter = session.xid();
    session.commit();
    long locked = insert(true);
    table.lock(session.begin(), locked, LockMode.EXCLUSIVE);
    session.commit();
    assertEquals(deleter, find(Long.MAX_VALUE, live, aborted, deleted, 77, locked));
    assertDead(0, 1, 1, 1, 0);
    assertEquals(0, find(deleter, live, aborted, deleted, 77, locked));
    assertDead(0, 1, 0, 1, 0);
  }

  @Test
  void whatNobodyEverSawIsNoConflict() {
    session.begin();
    long row = table.insert(session);
    table.delete(session.nextCommand(), row);
    session.commit();
    assertEquals(0, find(Long.MAX_VALUE, row));
    assertDead(1);
  }

  @Test
  void superDeletedRowsAreDeadAtOnce() {
    session.begin();
    long row = table.insert(session, RowInfo.SPECULATIVE, 3);
    session.rules().speculation().finish(table.store(), row, false);
    assertEquals(0, find(0, row));
    assertDead(1);
  }
}
