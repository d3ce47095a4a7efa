package tamarack.iceberg.parquet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Parquet's hybrid of run-length encoding and bit packing, decoded many values at a time. */
final class HybridDecoder {
  private final ByteBuffer bytes;
  private final int end;
  private final int width;
  private final int mask;
  private int next;
  private boolean repeated;
  private int left;
  private int value;
  private long bit;

  /** @param bytes whose array is read from {@code start} to {@code end} */
  HybridDecoder(byte[] bytes, int start, int end, int width) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.next = start;
    this.end = end;
    this.width = width;
    this.mask = width == Integer.SIZE ? -1 : (1 << width) - 1;
  }

  /** Decodes {@code count} values. */
  void read(int[] target, int count) {
    if (width == 0) {
      Arrays.fill(target, 0, count, 0);
      return;
    }
    for (int done = 0; done < count;) {
      if (left == 0) {
        startRun();
      }
      int now = Math.min(left, count - done);
      if (repeated) {
        Arrays.fill(target, done, done + now, value);
      } else {
        unpack(target, done, now);
      }
      left -= now;
      done += now;
    }
  }

  private void startRun() {
    int header = readVarint();
    repeated = (header & 1) == 0;
    if (repeated) {
      left = header >>> 1;
      value = 0;
      for (int shift = 0; shift < width; shift += Byte.SIZE) {
        value |= (readByte() & 0xff) << shift;
      }
    } else {
      int groups = header >>> 1;
      left = groups * Byte.SIZE;
      bit = (long) next * Byte.SIZE;
      // The last group may be cut short where the page ends.
      next = (int) Math.min(end, (long) next + (long) groups * width);
    }
    if (left == 0) {
      throw new IllegalStateException("empty run in a page");
    }
  }

  private void unpack(int[] target, int from, int count) {
    int safe = bytes.limit() - Long.BYTES;
    for (int i = from; i < from + count; i++) {
      int at = (int) (bit >>> 3);
      long word = at <= safe ? bytes.getLong(at) : tail(at);
      target[i] = (int) (word >>> (bit & 7)) & mask;
      bit += width;
    }
  }

  private long tail(int from) {
    long word = 0;
    for (int at = from, shift = 0; at < bytes.limit() && shift < Long.SIZE; at++, shift += Byte.SIZE) {
      word |= (bytes.get(at) & 0xffL) << shift;
    }
    return word;
  }

  private int readVarint() {
    int result = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += 7) {
      byte each = readByte();
      result |= (each & 0x7f) << shift;
      if (each >= 0) {
        return result;
      }
    }
    throw new IllegalStateException("bad run length in a page");
  }

  private byte readByte() {
    if (next >= end) {
      throw new IllegalStateException("page ends within its levels or dictionary ids");
    }
    return bytes.get(next++);
  }
}
