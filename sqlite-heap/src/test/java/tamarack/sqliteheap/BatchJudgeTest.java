package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;
import tamarack.tuple.SnapshotLayout;
import tamarack.tuple.Verdict;

/** Whole batches: rows of different sizes, few questions, no allocation. */
class BatchJudgeTest {
  private static final int ROWS = 1000;

  private final FakeCluster cluster = new FakeCluster();
  private final FakeSession session = cluster.session();
  private final long batch = Memory.allocate(BatchLayout.HEADER_SIZE + ROWS * 128L);
  private final RowHeader header = new RowHeader();

  @AfterEach
  void free() {
    Memory.free(batch);
  }

  private void fill(long xmin, int info, int... cids) {
    Memory.putInt(batch + BatchLayout.COUNT, ROWS);
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int i = 0; i < ROWS; i++) {
      header.set(i, xmin, 0, RowInfo.NEXT_NONE, cids[i % cids.length], info).store(entry);
      int size = 64 + 8 * (i % 8);
      Memory.putInt(entry + BatchLayout.ENTRY_SIZE, size);
      Memory.putInt(entry + BatchLayout.VERDICT, 99);
      entry += size;
    }
  }

  private void assertVerdicts(int... verdicts) {
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int i = 0; i < ROWS; i++) {
      assertEquals(verdicts[i % verdicts.length], Memory.getInt(entry + BatchLayout.VERDICT));
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
  }

  private long committed() {
    FakeSession other = cluster.session().begin();
    long xid = other.xid();
    other.commit();
    return xid;
  }

  @Test
  void withoutSnapshotEverythingIsVisible() {
    fill(0, 0, 0);
    session.rules().judge().judge(batch, 0);
    assertVerdicts(Verdict.VISIBLE);
  }

  @Test
  void oneQuestionForAllRowsOfAnInserter() {
    fill(committed(), 0, 0);
    long snapshot = session.begin().snapshot();
    int before = session.questions();
    session.rules().judge().judge(batch, snapshot);
    assertVerdicts(Verdict.VISIBLE);
    assertTrue(session.questions() - before <= 1);
    Memory.free(snapshot);
  }

  @Test
  void ownRowsAreJudgedByCommand() {
    session.begin();
    fill(session.xid(), 0, 0, 1, 2, 3);
    long snapshot = session.nextCommand().nextCommand().snapshot();
    session.rules().judge().judge(batch, snapshot);
    assertVerdicts(Verdict.VISIBLE, Verdict.VISIBLE, Verdict.INVISIBLE, Verdict.INVISIBLE);
    Memory.free(snapshot);
  }

  @Test
  void whatWasOwnIsAskedAnewInTheNextBatch() {
    session.begin().savepoint();
    fill(session.xid(), 0, 0);
    long snapshot = session.nextCommand().snapshot();
    session.rules().judge().judge(batch, snapshot);
    assertVerdicts(Verdict.VISIBLE);
    session.rollbackToSavepoint();
    session.rules().judge().judge(batch, snapshot);
    assertVerdicts(Verdict.INVISIBLE);
    Memory.free(snapshot);
  }

  @Test
  void theHorizonIsAskedForOnceOnEachSide() {
    long deleted = committed();
    long deleter = committed();
    fill(deleted, 0, 0);
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int i = 0; i < ROWS; i++) {
      header.load(entry).setXmax(i % 2 == 0 ? deleter : deleted, false, RowInfo.MODE_KEY_UPDATED);
      header.store(entry);
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
    session.rules().judge().judgeForVacuum(batch, deleter);
    assertVerdicts(Verdict.RECENTLY_DEAD, Verdict.DEAD);
    session.rules().judge().judgeForVacuum(batch, 0);
    assertVerdicts(Verdict.RECENTLY_DEAD);
  }

  @Test
  void deadToAllNeedsAHorizon() {
    long deleter = committed();
    fill(committed(), 0, 0);
    header.load(batch + BatchLayout.HEADER_SIZE).setXmax(deleter, false, RowInfo.MODE_KEY_UPDATED);
    header.store(batch + BatchLayout.HEADER_SIZE);
    long snapshot = session.begin().snapshot();
    assertEquals(false, session.rules().judge().isDeadToAll(batch, snapshot));
    Memory.putLong(snapshot + SnapshotLayout.VIS_TEST, Long.MAX_VALUE);
    assertEquals(true, session.rules().judge().isDeadToAll(batch, snapshot));
    assertEquals(false, session.rules().judge().isDeadToAll(batch, 0));
    Memory.free(snapshot);
  }

  @Test
  void judgingAllocatesNothing() {
    fill(committed(), 0, 0);
    long snapshot = session.begin().snapshot();
    BatchJudge judge = session.rules().judge();
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    judge.judge(batch, snapshot);
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100; i++) {
      judge.judge(batch, snapshot);
    }
    long perBatch = (threads.getCurrentThreadAllocatedBytes() - before) / 100;
    assertTrue(perBatch < 100, perBatch + " bytes for a batch");
    Memory.free(snapshot);
  }
}
