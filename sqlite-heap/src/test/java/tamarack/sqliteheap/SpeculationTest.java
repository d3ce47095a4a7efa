package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tamarack.backend.TamarackException;
import tamarack.tuple.RowInfo;
import tamarack.tuple.SnapshotType;

/** How a speculative insertion ends. */
class SpeculationTest {
  private static final int TOKEN = 41;

  private final FakeCluster cluster = new FakeCluster();
  private final FakeSession session = cluster.session().begin();
  private final TestTable table = new TestTable();
  private final long row = table.insert(session, RowInfo.SPECULATIVE, TOKEN);

  @AfterEach
  void free() {
    table.close();
  }

  private void finish(boolean succeeded) {
    session.rules().speculation().finish(table.store(), row, succeeded);
  }

  @Test
  void successMakesAnOrdinaryRow() {
    finish(true);
    RowHeader header = table.header(row);
    assertEquals(session.xid(), header.xmin());
    assertEquals(RowInfo.NEXT_NONE, header.next());
    assertEquals(0, header.info());
    assertTrue(table.isVisible(session, row, session.nextCommand().snapshot()));
  }

  @Test
  void failureKillsTheRowForItsInserterToo() {
    finish(false);
    assertEquals(0, table.header(row).xmin());
    assertFalse(table.isVisible(session, row, session.nextCommand().snapshot()));
    assertFalse(table.isVisible(session, row, session.snapshot(SnapshotType.DIRTY)));
  }

  @Test
  void itEndsOnce() {
    finish(true);
    assertThrows(TamarackException.class, () -> finish(false));
    assertFalse(table.store().isInTransaction());
    assertEquals(session.xid(), table.header(row).xmin());
  }
}
