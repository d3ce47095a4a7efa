package tamarack.storage.cache;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Semaphore;
import java.util.zip.CRC32C;
import tamarack.storage.object.Checksum;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.RetryableException;

/** Brings blocks from a store to the disk or, when that fails, to memory; so many at a time and no more. */
final class BlockFetcher {
  private static final int BUFFER = 1 << 16;

  /** Blocks in memory at a time, while the disk takes none. */
  private static final int IN_MEMORY = 8;

  /** The disk does not take a block. */
  static final class DiskException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DiskException(IOException cause) {
      super(cause);
    }
  }

  private final CacheDirectory directory;
  private final Semaphore fetches;
  private final Semaphore prefetches;
  private final Semaphore inMemory = new Semaphore(IN_MEMORY);

  BlockFetcher(CacheDirectory directory, int fetches) {
    this.directory = directory;
    this.fetches = new Semaphore(fetches);
    this.prefetches = new Semaphore(Math.max(1, fetches / 2));
  }

  /** Whether there is room for a fetch that nobody waits for; if so, {@link #endPrefetch} must follow. */
  boolean startPrefetch() {
    return prefetches.tryAcquire();
  }

  void endPrefetch() {
    prefetches.release();
  }

  /** Waits for one of the places for fetches; {@link #end} must follow. */
  void start() {
    acquire(fetches);
  }

  void end() {
    fetches.release();
  }

  /** Writes a block's file; returns the checksum of its bytes. */
  long toDisk(
      ObjectStore store, ObjectInfo object, BlockId id, long start, int length, CacheCounters counters) {
    Path partial = directory.newPartial();
    try {
      long checksum = write(partial, store, object, id, start, length);
      counters.bytesFetched.add(length);
      move(partial, directory.file(id));
      return checksum;
    } finally {
      CacheDirectory.deleteQuietly(partial);
    }
  }

  private static long write(
      Path partial, ObjectStore store, ObjectInfo object, BlockId id, long start, int length) {
    CRC32C checksum = new CRC32C();
    try (FileChannel channel =
            FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        InputStream in = store.open(object, start, length)) {
      byte[] buffer = new byte[Math.max(1, Math.min(BUFFER, length))];
      int written = 0;
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        checksum.update(buffer, 0, count);
        writeAll(channel, ByteBuffer.wrap(buffer, 0, count));
        written += count;
      }
      checkLength(object, length, written);
      writeAll(channel, BlockFile.footer(id, length, checksum.getValue()));
      return checksum.getValue();
    } catch (IOException e) {
      // A store's streams throw no IOException: this is the disk. An interrupt closes the file, too.
      if (Thread.currentThread().isInterrupted()) {
        throw canceled();
      }
      throw new DiskException(e);
    }
  }

  private static void checkLength(ObjectInfo object, int length, int read) {
    if (read != length) {
      throw new RetryableException(
          FailureKind.CORRUPT, "the store gave " + read + " bytes of \"" + object.key() + "\" instead of " + length);
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void move(Path partial, Path target) {
    try {
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new DiskException(e);
    }
  }

  /** Reads a block into memory. */
  CachedBlock toMemory(ObjectStore store, ObjectInfo object, long start, int length, CacheCounters counters) {
    acquire(inMemory);
    try (InputStream in = store.open(object, start, length)) {
      byte[] bytes = in.readNBytes(length);
      checkLength(object, length, bytes.length);
      counters.bytesFetched.add(length);
      return new CachedBlock(null, bytes, start, length, Checksum.of(bytes, 0, length), true);
    } catch (IOException e) {
      throw new PermanentException(FailureKind.INTERNAL, "a store's stream threw " + e.getClass().getName());
    } finally {
      inMemory.release();
    }
  }

  /** The bytes of a block's file; null when it is gone or damaged. */
  static byte[] read(CachedBlock block) {
    try (InputStream in = Files.newInputStream(block.file())) {
      byte[] bytes = in.readNBytes(block.length());
      boolean whole = bytes.length == block.length() && Checksum.of(bytes, 0, bytes.length) == block.checksum();
      return whole ? bytes : null;
    } catch (IOException e) {
      return null;
    }
  }

  private static void acquire(Semaphore semaphore) {
    try {
      semaphore.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw canceled();
    }
  }

  private static PermanentException canceled() {
    return new PermanentException(FailureKind.CANCELED, "canceled while fetching from the object store");
  }
}
