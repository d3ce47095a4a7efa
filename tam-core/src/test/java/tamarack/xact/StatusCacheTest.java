package tamarack.xact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class StatusCacheTest {
  private final FakeStatus status = new FakeStatus();
  private final StatusCache cache = new StatusCache(status);

  @Test
  void endsAreRemembered() {
    status.committed.add(10L);
    assertEquals(StatusCache.UNKNOWN, cache.known(10));
    assertEquals(StatusCache.COMMITTED, cache.state(10));
    assertEquals(StatusCache.ABORTED, cache.state(11));
    int asked = status.questions;
    assertEquals(StatusCache.COMMITTED, cache.state(10));
    assertEquals(StatusCache.ABORTED, cache.state(11));
    assertTrue(cache.isCommitted(10));
    assertFalse(cache.isCommitted(11));
    assertFalse(cache.isCurrent(10));
    assertEquals(asked, status.questions);
  }

  @Test
  void whatRunsIsAskedAnew() {
    status.running.add(20L);
    status.current.add(21L);
    assertEquals(StatusCache.IN_PROGRESS, cache.state(20));
    assertEquals(StatusCache.CURRENT, cache.state(21));
    status.running.clear();
    status.current.clear();
    status.committed.add(20L);
    assertEquals(StatusCache.COMMITTED, cache.state(20));
    assertEquals(StatusCache.ABORTED, cache.state(21));
  }

  @Test
  void idsOfAnotherEpochAreOthers() {
    long first = 1L << 32 | 5;
    long second = 2L << 32 | 5;
    status.committed.add(first);
    assertTrue(cache.isCommitted(first));
    assertFalse(cache.isCommitted(second));
    assertTrue(cache.isCommitted(first));
  }

  @Test
  void aFullCacheStaysRight() {
    Random random = new Random(7);
    for (int i = 0; i < 300_000; i++) {
      long xid = 3 + (random.nextLong() & 0xfffff);
      boolean committed = Long.bitCount(xid) % 2 == 0;
      if (committed) {
        status.committed.add(xid);
      }
      assertEquals(committed, cache.isCommitted(xid));
    }
  }

  @Test
  void aRunOfIdsFits() {
    for (long xid = 1000; xid < 11_000; xid++) {
      cache.state(xid);
    }
    int asked = status.questions;
    for (long xid = 1000; xid < 11_000; xid++) {
      cache.state(xid);
    }
    assertEquals(asked, status.questions);
  }
}
