package tamarack.storage.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.Ranges;
import tamarack.storage.wire.Answer;

/**
 * Reads an object by positions. Blocks that are cached are read from their files; those stay open, so that reading on
 * takes no round trip. Not thread-safe.
 */
public final class ObjectReader implements AutoCloseable {
  /** Files open at a time. */
  private static final int MOST_OPEN = 4;

  /** After so many blocks that are evicted before we open them, the bytes come over the socket. */
  private static final int TRIES = 3;

  /** A block: an open file, or bytes that came over the socket. */
  private record Block(long offset, int length, FileChannel file, byte[] bytes) {
    boolean holds(long position) {
      return position >= offset && position < offset + length;
    }
  }

  private final StorageClient client;
  private final String store;
  private final ObjectInfo object;
  private final Map<Long, Block> blocks = new LinkedHashMap<>(8, 0.75f, true);
  private Block current;
  private long bytesFromFiles;
  private long bytesFromService;
  private long bytesFetched;
  private long requests;

  ObjectReader(StorageClient client, String store, ObjectInfo object) {
    this.client = client;
    this.store = store;
    this.object = object;
  }

  /** What is read. */
  public ObjectInfo object() {
    return object;
  }

  /** Fills a buffer from a position of the object, which must have that many bytes there. */
  public void read(long position, ByteBuffer target) {
    Ranges.check(object, position, target.remaining());
    long next = position;
    while (target.hasRemaining()) {
      Block block = block(next);
      int count = (int) Math.min(target.remaining(), block.offset + block.length - next);
      ByteBuffer part = target.slice(target.position(), count);
      if (block.file != null) {
        readFile(block, next - block.offset, part);
        bytesFromFiles += count;
      } else {
        part.put(block.bytes, (int) (next - block.offset), count);
        bytesFromService += count;
      }
      target.position(target.position() + count);
      next += count;
    }
  }

  private void readFile(Block block, long offset, ByteBuffer target) {
    try {
      while (target.hasRemaining()) {
        if (block.file.read(target, offset + target.position()) < 0) {
          throw new IOException("the file is shorter than the block");
        }
      }
    } catch (IOException e) {
      throw new PermanentException(FailureKind.LOCAL_IO, "cannot read a cached block: " + e.getMessage());
    }
  }

  private Block block(long position) {
    if (current != null && current.holds(position)) {
      return current;
    }
    for (Block open : blocks.values()) {
      if (open.holds(position)) {
        current = blocks.get(open.offset);
        return current;
      }
    }
    current = bring(position);
    Block old = blocks.put(current.offset, current);
    closeQuietly(old);
    if (blocks.size() > MOST_OPEN) {
      closeQuietly(blocks.remove(blocks.keySet().iterator().next()));
    }
    return current;
  }

  private Block bring(long position) {
    for (int i = 0; i < TRIES; i++) {
      requests++;
      Optional<Answer.Located> located = client.locate(store, object, position, i > 0);
      if (located.isEmpty()) {
        break;
      }
      Answer.Located block = located.get();
      checkHolds(position, block.objectOffset(), block.length());
      bytesFetched += block.fetched() ? block.length() : 0;
      try {
        return new Block(block.objectOffset(), block.length(),
            FileChannel.open(Path.of(block.path()), StandardOpenOption.READ), null);
      } catch (NoSuchFileException e) {
        // Evicted since: ask again.
        continue;
      } catch (IOException e) {
        break;
      }
    }
    requests++;
    Answer.Data data = client.fetch(store, object, position);
    checkHolds(position, data.objectOffset(), data.bytes().length);
    bytesFetched += data.fetched() ? data.bytes().length : 0;
    return new Block(data.objectOffset(), data.bytes().length, null, data.bytes());
  }

  private static void checkHolds(long position, long offset, int length) {
    if (position < offset || position >= offset + length) {
      throw new PermanentException(FailureKind.PROTOCOL, "the service sent another block than was asked for");
    }
  }

  /** Bytes read from cached files so far. */
  public long bytesFromFiles() {
    return bytesFromFiles;
  }

  /** Bytes that came over the socket so far. */
  public long bytesFromService() {
    return bytesFromService;
  }

  /** Bytes of blocks for which the service had to wait for the store, on our behalf or another's. */
  public long bytesFetched() {
    return bytesFetched;
  }

  /** Requests to the service so far. */
  public long requests() {
    return requests;
  }

  private static void closeQuietly(Block block) {
    try {
      if (block != null && block.file != null) {
        block.file.close();
      }
    } catch (IOException e) {
      // It was open for reading: nothing is lost.
      return;
    }
  }

  /** Idempotent. */
  @Override
  public void close() {
    blocks.values().forEach(ObjectReader::closeQuietly);
    blocks.clear();
    current = null;
  }
}
