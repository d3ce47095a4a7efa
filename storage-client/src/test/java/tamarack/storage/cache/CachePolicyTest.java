package tamarack.storage.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What goes and what stays. */
class CachePolicyTest {
  private static final int SIZE = 10;
  private static final int LIMIT = 1000;

  private final CachePolicy policy = new CachePolicy(LIMIT);
  private final Map<BlockId, CachePolicy.Entry> entries = new HashMap<>();

  private boolean read(long object, int index) {
    BlockId id = new BlockId(object, 0, index);
    CachePolicy.Entry entry = entries.get(id);
    if (entry != null) {
      policy.use(entry);
      return true;
    }
    policy.makeRoom(SIZE, gone -> assertEquals(gone, entries.remove(gone.id)));
    CachePolicy.Entry added = new CachePolicy.Entry(id, SIZE);
    policy.add(added);
    entries.put(id, added);
    assertTrue(policy.bytes() <= LIMIT);
    assertEquals((long) entries.size() * SIZE, policy.bytes());
    return false;
  }

  private int hits(long object, int blocks) {
    int hits = 0;
    for (int i = 0; i < blocks; i++) {
      hits += read(object, i) ? 1 : 0;
    }
    return hits;
  }

  @Test
  void aBigScanDoesNotWipeTheCache() {
    for (int round = 0; round < 5; round++) {
      hits(1, 80);
    }
    assertEquals(0, hits(2, 2000));
    assertTrue(hits(1, 80) >= 78, "hot blocks are gone after a scan");
    assertEquals(0, hits(2, 2000));
    assertTrue(hits(1, 80) >= 78, "hot blocks are gone after a second scan");
  }

  @Test
  void aScanByFewReadersAtOnceIsAScan() {
    for (int round = 0; round < 5; round++) {
      hits(1, 80);
    }
    for (int i = 0; i < 2000; i++) {
      read(2, i);
      read(2, i);
    }
    assertTrue(hits(1, 80) >= 78);
  }

  @Test
  void aNewWorkingSetReplacesAnOldOne() {
    for (int round = 0; round < 10; round++) {
      hits(1, 90);
    }
    for (int round = 0; round < 20; round++) {
      hits(2, 90);
    }
    assertTrue(hits(2, 90) >= 80, "the new working set never gets in");
  }

  @Test
  void skewedReadsHitMoreOftenThanALeastRecentlyUsedCacheWould() {
    Random random = new Random(7);
    java.util.LinkedHashSet<Integer> recent = new java.util.LinkedHashSet<>();
    int hits = 0;
    int recentHits = 0;
    for (int i = 0; i < 60_000; i++) {
      int block = i % 3 == 0 ? 1_000 + i : (int) Math.min(999, Math.abs(random.nextGaussian()) * 60);
      hits += read(1, block) ? 1 : 0;
      recentHits += recent.remove(block) ? 1 : 0;
      recent.add(block);
      if (recent.size() > LIMIT / SIZE) {
        recent.remove(recent.iterator().next());
      }
    }
    assertTrue(hits > recentHits, hits + " hits, recency alone " + recentHits);
  }

  @Test
  void whatIsRemovedIsForgotten() {
    hits(1, 50);
    List<CachePolicy.Entry> all = new ArrayList<>(entries.values());
    all.forEach(policy::remove);
    all.forEach(policy::remove);
    entries.clear();
    assertEquals(0, policy.bytes());
    assertEquals(0, hits(1, 50));
  }
}
