package tamarack.storage.cache;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import tamarack.storage.object.ChecksumJoin;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.Ranges;
import tamarack.storage.object.RetryableException;

/**
 * Blocks of objects on the local disk, for all readers of the service. Concurrent misses of one block fetch it once.
 * A block found on disk at start is compared with its checksum before its first use, and fetched again when it is
 * damaged. When the disk takes no more, blocks pass through memory. Any thread.
 */
public final class DiskCache implements AutoCloseable {
  private static final int TRIES_AFTER_DAMAGE = 3;

  private final CacheDirectory directory;
  private final CacheOptions options;
  private final BlockFetcher fetcher;
  private final SequenceDetector sequences;
  private final Map<BlockId, Flight> flights = new ConcurrentHashMap<>();
  private final Map<String, CacheCounters> counters = new ConcurrentHashMap<>();
  private final LongAdder evictions = new LongAdder();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Guards the next three. */
  private final Object lock = new Object();
  private final Map<BlockId, CachePolicy.Entry> entries = new HashMap<>();
  private final CachePolicy policy;
  private long reserved;

  /** Opens a cache; what an earlier process cached there is used. */
  public DiskCache(Path path, CacheOptions options) {
    this.options = options;
    this.policy = new CachePolicy(options.size());
    this.sequences = new SequenceDetector(options.prefetch());
    this.directory = new CacheDirectory(path);
    this.fetcher = new BlockFetcher(directory, options.fetches());
    try {
      restore(directory.scan());
    } catch (IOException e) {
      directory.close();
      throw new PermanentException(
          FailureKind.LOCAL_IO, "cannot read the cache directory \"" + path + "\": " + e.getMessage());
    }
  }

  private void restore(List<CacheDirectory.Found> found) {
    List<CachePolicy.Entry> evicted = new ArrayList<>();
    synchronized (lock) {
      for (CacheDirectory.Found block : found) {
        if (block.length() <= options.size()) {
          policy.makeRoom(block.length(), entry -> forget(entry, evicted));
          CachePolicy.Entry entry = new CachePolicy.Entry(block.id(), block.length());
          policy.restore(entry);
          entries.put(block.id(), entry);
        } else {
          evicted.add(new CachePolicy.Entry(block.id(), block.length()));
        }
      }
    }
    evicted.forEach(entry -> CacheDirectory.deleteQuietly(directory.file(entry.id)));
  }

  /** The block that holds a byte of an object, if it is cached. Not counted as a use. */
  public Optional<CachedBlock> peek(CacheSource source, ObjectInfo object, long offset) {
    BlockId id = id(source, object, offset);
    CachePolicy.Entry entry = entry(id);
    return entry != null && verify(source, object, entry, false)
        ? Optional.of(located(object, entry)) : Optional.empty();
  }

  /**
   * The block that holds a byte of an object, fetched if need be. Waits for the store; an interrupt of the thread ends
   * the wait with CANCELED.
   *
   * @param distrust compare the bytes on disk with their checksum even if that has been done
   */
  public CachedBlock locate(CacheSource source, ObjectInfo object, long offset, boolean distrust) {
    Ranges.check(object, offset, object.length() == 0 ? 0 : 1);
    BlockId id = id(source, object, offset);
    CachePolicy.Entry entry = entry(id);
    CachedBlock block;
    if (entry != null && verify(source, object, entry, distrust)) {
      counters(source).hits.increment();
      synchronized (lock) {
        policy.use(entry);
      }
      block = located(object, entry);
    } else {
      counters(source).misses.increment();
      block = fly(source, object, id).await().afterFetch();
    }
    prefetch(source, object, id);
    return block;
  }

  /** The bytes of the block that holds a byte of an object, compared with their checksum. */
  public byte[] read(CacheSource source, ObjectInfo object, long offset) {
    return readBlock(source, object, offset).bytes();
  }

  /** The same with what is known of the block; its bytes are in memory. */
  public CachedBlock readBlock(CacheSource source, ObjectInfo object, long offset) {
    CachedBlock block = locate(source, object, offset, false);
    for (int i = 0; i < TRIES_AFTER_DAMAGE; i++) {
      byte[] bytes = block.bytes() != null ? block.bytes() : BlockFetcher.read(block);
      if (bytes != null) {
        return new CachedBlock(
            null, bytes, block.offset(), block.length(), block.checksum(), block.fetched());
      }
      block = locate(source, object, offset, true);
    }
    // The cache is too small or too busy to keep it that long, or the disk is bad.
    counters(source).passedThrough.increment();
    return fetcher.toMemory(source.store(), object, block.offset(), block.length(), counters(source));
  }

  private BlockId id(CacheSource source, ObjectInfo object, long offset) {
    return BlockId.of(source.identity(), object).withIndex(options.geometry().index(object, offset));
  }

  private CachePolicy.Entry entry(BlockId id) {
    synchronized (lock) {
      return entries.get(id);
    }
  }

  private CachedBlock located(ObjectInfo object, CachePolicy.Entry entry) {
    long start = options.geometry().start(object, entry.id.index());
    return new CachedBlock(directory.file(entry.id), null, start, entry.size, entry.checksum, false);
  }

  /** Whether a block's file is what it should be; if not, it is dropped. */
  private boolean verify(CacheSource source, ObjectInfo object, CachePolicy.Entry entry, boolean distrust) {
    if (entry.verified && !distrust) {
      return true;
    }
    try {
      int length = options.geometry().length(object, entry.id.index());
      long checksum = BlockFile.checksum(directory.file(entry.id), entry.id, length);
      if (checksum >= 0) {
        entry.checksum = checksum;
        entry.verified = true;
        return true;
      }
    } catch (ClosedByInterruptException e) {
      throw new PermanentException(FailureKind.CANCELED, "canceled while reading the cache");
    } catch (IOException e) {
      // Evicted meanwhile, deleted by somebody, or on a bad sector: in any case not usable.
      entry.verified = false;
    }
    if (drop(entry)) {
      counters(source).corrupt.increment();
    }
    return false;
  }

  /** Returns false when it had gone already. */
  private boolean drop(CachePolicy.Entry entry) {
    synchronized (lock) {
      policy.remove(entry);
      boolean present = entries.remove(entry.id, entry);
      if (present) {
        CacheDirectory.deleteQuietly(directory.file(entry.id));
      }
      return present;
    }
  }

  private void forget(CachePolicy.Entry entry, List<CachePolicy.Entry> evicted) {
    entries.remove(entry.id);
    evicted.add(entry);
    evictions.increment();
  }

  /** The flight that brings a block, a new one if there is none; the caller must await it. */
  private Flight fly(CacheSource source, ObjectInfo object, BlockId id) {
    Flight mine = new Flight();
    Flight flight = flights.compute(id, (key, present) -> present != null && present.join() ? present : mine);
    if (flight == mine) {
      Thread thread = Thread.ofVirtual().unstarted(() -> fetch(source, object, id, mine));
      mine.flyBy(thread);
      start(thread);
    }
    return flight;
  }

  /** Starts a thread of ours; when the cache is being closed, it starts interrupted. */
  private void start(Thread thread) {
    threads.add(thread);
    thread.start();
    if (closed) {
      thread.interrupt();
    }
  }

  private void fetch(CacheSource source, ObjectInfo object, BlockId id, Flight flight) {
    try {
      // Another flight may have landed between the look at the index and the start of this one.
      CachePolicy.Entry present = entry(id);
      if (present != null && present.verified) {
        flight.complete(located(object, present));
      } else {
        CachedBlock block = fetch(source, object, id);
        compareWhole(source, object, id);
        flight.complete(block);
      }
    } catch (Throwable e) {
      flight.fail(e);
    } finally {
      flights.remove(id, flight);
      threads.remove(Thread.currentThread());
    }
  }

  private CachedBlock fetch(CacheSource source, ObjectInfo object, BlockId id) {
    long start = options.geometry().start(object, id.index());
    int length = options.geometry().length(object, id.index());
    CacheCounters counted = counters(source);
    for (int tries = 1;; tries++) {
      try {
        if (length <= options.size()) {
          return fetchToDisk(source, object, id, start, length);
        }
        counted.passedThrough.increment();
        return fetcher.toMemory(source.store(), object, start, length, counted);
      } catch (BlockFetcher.DiskException e) {
        counted.passedThrough.increment();
        return fetcher.toMemory(source.store(), object, start, length, counted);
      } catch (RetryableException e) {
        if (e.kind() != FailureKind.CORRUPT || tries == TRIES_AFTER_DAMAGE) {
          throw e;
        }
      }
    }
  }

  private CachedBlock fetchToDisk(CacheSource source, ObjectInfo object, BlockId id, long start, int length) {
    fetcher.start();
    reserve(length);
    try {
      CachePolicy.Entry entry = new CachePolicy.Entry(id, length);
      entry.checksum = fetcher.toDisk(source.store(), object, id, start, length, counters(source));
      entry.verified = true;
      synchronized (lock) {
        CachePolicy.Entry old = entries.put(id, entry);
        if (old != null) {
          policy.remove(old);
        }
        policy.add(entry);
      }
      return located(object, entry);
    } finally {
      fetcher.end();
      synchronized (lock) {
        reserved -= length;
      }
    }
  }

  /**
   * When all blocks of an object are cached, their checksums together must be the object's: only the writer's checksum
   * shows what the network or the provider did to a range. If not, nobody knows which block is wrong, and all go.
   */
  private void compareWhole(CacheSource source, ObjectInfo object, BlockId id) {
    int count = options.geometry().count(object);
    if (!object.hasChecksum() || count == 1) {
      return;
    }
    List<CachePolicy.Entry> whole = new ArrayList<>();
    synchronized (lock) {
      // The last block first: it is what a sequential reader lacks longest.
      for (int index = count - 1; index >= 0; index--) {
        CachePolicy.Entry entry = entries.get(id.withIndex(index));
        if (entry == null || !entry.verified) {
          return;
        }
        whole.add(entry);
      }
    }
    long checksum = 0;
    for (CachePolicy.Entry entry : whole.reversed()) {
      checksum = ChecksumJoin.join(checksum, entry.checksum, entry.size);
    }
    if (checksum != object.checksum()) {
      whole.forEach(this::drop);
      counters(source).corrupt.add(whole.size());
      throw new RetryableException(FailureKind.CORRUPT, "the store gave bytes of \"" + object.key()
          + "\" that do not have its checksum; they are no longer cached");
    }
  }

  /** Makes room for a block that is about to be written. */
  private void reserve(int length) {
    List<CachePolicy.Entry> evicted = new ArrayList<>();
    synchronized (lock) {
      reserved += length;
      policy.makeRoom(reserved, entry -> forget(entry, evicted));
      // Within the lock, so that a file fetched anew under the same name is not what is deleted.
      evicted.forEach(entry -> CacheDirectory.deleteQuietly(directory.file(entry.id)));
    }
  }

  private void prefetch(CacheSource source, ObjectInfo object, BlockId id) {
    int ahead = options.prefetch() == 0 ? 0 : sequences.ahead(id);
    int last = Math.min(options.geometry().count(object) - 1, id.index() + ahead);
    for (int index = id.index() + 1; index <= last; index++) {
      BlockId next = id.withIndex(index);
      if (entry(next) == null && !flights.containsKey(next) && fetcher.startPrefetch()) {
        counters(source).prefetched.increment();
        start(Thread.ofVirtual().unstarted(() -> fetchAhead(source, object, next)));
      }
    }
  }

  private void fetchAhead(CacheSource source, ObjectInfo object, BlockId id) {
    try {
      fly(source, object, id).await();
    } catch (RuntimeException e) {
      // The reader will ask for the block itself, and be told.
      return;
    } finally {
      fetcher.endPrefetch();
      threads.remove(Thread.currentThread());
    }
  }

  private CacheCounters counters(CacheSource source) {
    return counters.computeIfAbsent(source.name(), name -> new CacheCounters());
  }

  /** What has been done, by the name of the store. */
  public Map<String, CacheCounters> counters() {
    return Map.copyOf(counters);
  }

  /** Blocks that had to go for others. */
  public long evictions() {
    return evictions.sum();
  }

  /** Bytes of cached blocks. */
  public long bytes() {
    synchronized (lock) {
      return policy.bytes();
    }
  }

  /** Cached blocks. */
  public int blocks() {
    synchronized (lock) {
      return entries.size();
    }
  }

  /** Most bytes of cached blocks. */
  public long limit() {
    return options.size();
  }

  /** Gives up the fetches under way and lets go of the directory. Idempotent. */
  @Override
  public void close() {
    closed = true;
    while (!threads.isEmpty()) {
      for (Thread thread : threads) {
        thread.interrupt();
        joinQuietly(thread);
      }
    }
    directory.close();
  }

  private static void joinQuietly(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PermanentException(FailureKind.CANCELED, "canceled while closing the cache");
    }
  }

  /** Opens a block's file for a reader of this process. */
  public static FileChannel open(CachedBlock block) throws IOException {
    return FileChannel.open(block.file(), StandardOpenOption.READ);
  }
}
