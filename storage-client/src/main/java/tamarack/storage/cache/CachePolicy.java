package tamarack.storage.cache;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Decides which blocks go, after S3-FIFO: newcomers wait in a small queue, and only what was asked for again while
 * there gets into the main queue, so a scan passes through the small one. What left the small queue is remembered for a
 * while; if it comes back, it goes to the main queue at once. In the main queue each use gives one more round. The
 * caller synchronizes.
 */
final class CachePolicy {
  private static final int SMALL_PERCENT = 10;
  private static final int MOST_USES = 3;

  /** Uses in the small queue that lead to the main one: several readers of one scan are not enough. */
  private static final int USES_TO_STAY = 2;

  /** A block in the cache. */
  static final class Entry {
    final BlockId id;
    final int size;
    byte uses;
    boolean main;
    boolean removed;
    /** Whether the file has been read and compared since this process started. */
    volatile boolean verified;
    volatile long checksum;

    Entry(BlockId id, int size) {
      this.id = id;
      this.size = size;
    }
  }

  private final long limit;
  private final ArrayDeque<Entry> small = new ArrayDeque<>();
  private final ArrayDeque<Entry> main = new ArrayDeque<>();
  private final Set<BlockId> departed = new LinkedHashSet<>();
  private long smallBytes;
  private long mainBytes;

  /** A policy for so many bytes. */
  CachePolicy(long limit) {
    this.limit = limit;
  }

  /** The bytes of all blocks. */
  long bytes() {
    return smallBytes + mainBytes;
  }

  /** Notes a use. */
  void use(Entry entry) {
    if (entry.uses < MOST_USES) {
      entry.uses++;
    }
  }

  /** Takes in a new block. There must be room. */
  void add(Entry entry) {
    enqueue(entry, departed.remove(entry.id));
  }

  /** Takes in a block that an earlier process had: newer ones last. */
  void restore(Entry entry) {
    enqueue(entry, true);
  }

  private void enqueue(Entry entry, boolean toMain) {
    entry.main = toMain;
    if (toMain) {
      main.add(entry);
      mainBytes += entry.size;
    } else {
      small.add(entry);
      smallBytes += entry.size;
    }
  }

  /** Forgets a block that is gone for another reason. */
  void remove(Entry entry) {
    if (!entry.removed) {
      entry.removed = true;
      (entry.main ? main : small).remove(entry);
      subtract(entry);
    }
  }

  private void subtract(Entry entry) {
    if (entry.main) {
      mainBytes -= entry.size;
    } else {
      smallBytes -= entry.size;
    }
  }

  /** Makes room for so many bytes beyond those that are in; hands over what has to go. */
  void makeRoom(long bytes, Consumer<Entry> evicted) {
    while (bytes() + bytes > limit && bytes() > 0) {
      boolean fromSmall = !small.isEmpty()
          && (main.isEmpty() || smallBytes + bytes > limit * SMALL_PERCENT / 100);
      Entry gone = fromSmall ? leaveSmall() : leaveMain();
      if (gone != null) {
        gone.removed = true;
        evicted.accept(gone);
      }
    }
  }

  private Entry leaveSmall() {
    Entry entry = small.remove();
    subtract(entry);
    if (entry.uses >= USES_TO_STAY) {
      entry.uses = 0;
      enqueue(entry, true);
      return null;
    }
    remember(entry.id);
    return entry;
  }

  private Entry leaveMain() {
    Entry entry = main.remove();
    if (entry.uses > 0) {
      entry.uses--;
      main.add(entry);
      return null;
    }
    subtract(entry);
    return entry;
  }

  private void remember(BlockId id) {
    departed.add(id);
    if (departed.size() > Math.max(16, main.size() + small.size())) {
      Iterator<BlockId> oldest = departed.iterator();
      oldest.next();
      oldest.remove();
    }
  }
}
