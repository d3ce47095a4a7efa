package tamarack.storage.cache;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import tamarack.storage.memory.MemoryStore;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListPage;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;

/** A store in memory that counts reads and can hold them up. */
public final class CountingStore implements ObjectStore {
  private final MemoryStore store = new MemoryStore();
  private final AtomicInteger opens = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger interrupted = new AtomicInteger();
  private volatile long damagedOffset = -1;
  private volatile CountDownLatch gate = new CountDownLatch(0);

  /** Reads wait from now on. */
  public void hold() {
    gate = new CountDownLatch(1);
  }

  /** Reads go on. */
  public void letGo() {
    gate.countDown();
  }

  public int opens() {
    return opens.get();
  }

  public long bytes() {
    return bytes.get();
  }

  /** Reads that were interrupted while they waited. */
  public int interrupted() {
    return interrupted.get();
  }

  @Override
  public InputStream open(ObjectInfo object, long offset, long length) {
    opens.incrementAndGet();
    bytes.addAndGet(length);
    try {
      gate.await();
    } catch (InterruptedException e) {
      interrupted.incrementAndGet();
      Thread.currentThread().interrupt();
      throw new PermanentException(FailureKind.CANCELED, "interrupted");
    }
    InputStream in = store.open(object, offset, length);
    if (damagedOffset < offset || damagedOffset >= offset + length) {
      return in;
    }
    int at = (int) (damagedOffset - offset);
    damagedOffset = -1;
    return damaged(in, at);
  }

  /** The next read of this byte gives another one. */
  public void damageOnce(long offset) {
    damagedOffset = offset;
  }

  private static InputStream damaged(InputStream in, int at) {
    try (in) {
      byte[] bytes = in.readAllBytes();
      bytes[at] ^= 1;
      return new ByteArrayInputStream(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return store.head(key);
  }

  @Override
  public WriteOutcome put(String key, ObjectBody body, WriteCondition condition) {
    return store.put(key, body, condition);
  }

  @Override
  public ListPage list(String prefix, String page, int limit) {
    return store.list(prefix, page, limit);
  }

  @Override
  public Map<String, StorageException> delete(List<String> keys) {
    return store.delete(keys);
  }

  @Override
  public void close() {
    store.close();
  }
}
