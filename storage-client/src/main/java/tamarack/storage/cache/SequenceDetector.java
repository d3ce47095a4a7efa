package tamarack.storage.cache;

import java.util.LinkedHashMap;
import java.util.Map;

/** Notices who reads an object's blocks one after the other, and says how far to fetch ahead. */
final class SequenceDetector {
  private static final int MOST_OBJECTS = 1024;

  private record Run(int last, int length) {}

  private final Map<BlockId, Run> runs = new LinkedHashMap<>(64, 0.75f, true);
  private final int most;

  /** At most that many blocks ahead. */
  SequenceDetector(int most) {
    this.most = most;
  }

  /** Notes a read of a block; returns the number of blocks after it to fetch: twice as many with each step. */
  synchronized int ahead(BlockId id) {
    BlockId object = id.withIndex(0);
    Run run = runs.get(object);
    int length = 0;
    if (run != null && id.index() == run.last) {
      length = run.length;
    } else if (run != null && id.index() == run.last + 1) {
      length = run.length + 1;
    }
    runs.put(object, new Run(id.index(), length));
    if (runs.size() > MOST_OBJECTS) {
      runs.remove(runs.keySet().iterator().next());
    }
    return length == 0 ? 0 : Math.min(most, 1 << Math.min(length, 16));
  }
}
