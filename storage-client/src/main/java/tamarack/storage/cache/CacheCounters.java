package tamarack.storage.cache;

import java.util.concurrent.atomic.LongAdder;

/** What a cache has done, for one store or in all. */
public final class CacheCounters {
  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder bytesFetched = new LongAdder();
  final LongAdder prefetched = new LongAdder();
  final LongAdder corrupt = new LongAdder();
  final LongAdder passedThrough = new LongAdder();

  /** Blocks that were there. */
  public long hits() {
    return hits.sum();
  }

  /** Blocks that had to be fetched, or were being fetched, for a reader. */
  public long misses() {
    return misses.sum();
  }

  /** Bytes of blocks fetched from the store. */
  public long bytesFetched() {
    return bytesFetched.sum();
  }

  /** Blocks fetched ahead of a reader. */
  public long prefetched() {
    return prefetched.sum();
  }

  /** Blocks on disk that were damaged, and fetched again. */
  public long corrupt() {
    return corrupt.sum();
  }

  /** Blocks that the disk did not take. */
  public long passedThrough() {
    return passedThrough.sum();
  }
}
