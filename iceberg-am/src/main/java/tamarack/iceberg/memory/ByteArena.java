package tamarack.iceberg.memory;

import java.util.ArrayList;
import java.util.List;
import tamarack.tuple.Memory;

/** Off-heap room for varlenas, given back all at once. What was handed out never moves. */
public final class ByteArena implements AutoCloseable {
  private static final long FIRST_CHUNK = 64L << 10;
  private static final long LARGEST_CHUNK = 4L << 20;
  private static final int ALIGNMENT = 8;

  private final List<Long> chunks = new ArrayList<>();
  private long chunkSize;
  private long next;
  private long end;
  private long used;

  /** Room for {@code bytes} bytes at a multiple of eight. */
  public long allocate(long bytes) {
    long rounded = bytes + ALIGNMENT - 1 & -ALIGNMENT;
    if (end - next < rounded) {
      addChunk(rounded);
    }
    long address = next;
    next += rounded;
    used += rounded;
    return address;
  }

  private void addChunk(long bytes) {
    chunkSize = Math.max(bytes, Math.min(LARGEST_CHUNK, Math.max(FIRST_CHUNK, chunkSize * 2)));
    next = Memory.allocate(chunkSize);
    chunks.add(next);
    end = next + chunkSize;
  }

  /** Bytes handed out since the last {@link #clear}. */
  public long used() {
    return used;
  }

  /** Takes everything back; the newest chunk stays for next time, unless it is a huge one. */
  public void clear() {
    if (chunkSize > LARGEST_CHUNK) {
      close();
      return;
    }
    while (chunks.size() > 1) {
      Memory.free(chunks.removeFirst());
    }
    used = 0;
    next = chunks.isEmpty() ? 0 : end - chunkSize;
  }

  @Override
  public void close() {
    chunks.forEach(Memory::free);
    chunks.clear();
    next = 0;
    end = 0;
    used = 0;
    chunkSize = 0;
  }
}
