package tamarack.xact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tamarack.tuple.Memory;
import tamarack.tuple.SnapshotLayout;
import tamarack.tuple.SnapshotType;

class SnapshotViewTest {
  private static final long XMIN = 1L << 33;
  private static final long XMAX = XMIN + 100;

  private final FakeStatus status = new FakeStatus();
  private final SnapshotView view = new SnapshotView(status);
  private final long address = Memory.allocate(SnapshotLayout.SIZE);

  @BeforeEach
  void fill() {
    Memory.fill(address, SnapshotLayout.SIZE, (byte) 0);
    Memory.putInt(address + SnapshotLayout.TYPE, SnapshotType.DIRTY);
    Memory.putInt(address + SnapshotLayout.CURCID, 0x80000001);
    Memory.putLong(address + SnapshotLayout.XMIN, XMIN);
    Memory.putLong(address + SnapshotLayout.XMAX, XMAX);
    Memory.putLong(address + SnapshotLayout.VIS_TEST, 77);
    view.attach(address);
  }

  @AfterEach
  void free() {
    Memory.free(address);
  }

  @Test
  void outsideItsRangeNobodyIsAsked() {
    assertFalse(view.isRunning(XMIN - 1));
    assertTrue(view.isPast(XMIN - 1));
    assertTrue(view.isRunning(XMAX));
    assertFalse(view.isPast(XMIN));
    assertEquals(0, status.questions);
  }

  @Test
  void insideItsRangeEachIsAskedOnce() {
    status.running.add(XMIN);
    status.running.add(XMIN + 16);
    for (int i = 0; i < 3; i++) {
      assertTrue(view.isRunning(XMIN));
      assertFalse(view.isRunning(XMIN + 1));
    }
    assertEquals(2, status.questions);
    assertTrue(view.isRunning(XMIN + 16));
    assertTrue(view.isRunning(XMIN));
  }

  @Test
  void anotherSnapshotForgetsTheAnswers() {
    status.running.add(XMIN);
    assertTrue(view.isRunning(XMIN));
    status.running.clear();
    assertTrue(view.isRunning(XMIN));
    assertFalse(view.attach(address).isRunning(XMIN));
  }

  @Test
  void commandIdsAreUnsigned() {
    assertTrue(view.sees(0x7fffffff));
    assertTrue(view.sees(0x80000000));
    assertFalse(view.sees(0x80000001));
    assertFalse(view.sees(-1));
  }

  @Test
  void reportsWhatADirtyTestFound() {
    view.reportDirty(5, 6, 7);
    assertEquals(5, Memory.getLong(address + SnapshotLayout.DIRTY_XMIN));
    assertEquals(6, Memory.getLong(address + SnapshotLayout.DIRTY_XMAX));
    assertEquals(7, Memory.getInt(address + SnapshotLayout.SPECULATIVE_TOKEN));
    assertEquals(77, view.visTest());
    assertEquals(SnapshotType.DIRTY, view.type());
  }
}
