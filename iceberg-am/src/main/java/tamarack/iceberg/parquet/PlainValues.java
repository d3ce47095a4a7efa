package tamarack.iceberg.parquet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.schema.PrimitiveType;
import tamarack.tuple.Memory;

/** Pages in Parquet's PLAIN encoding. */
final class PlainValues {
  private PlainValues() {}

  /** Values that start at {@code start} of a page's bytes. */
  static PageValues of(PrimitiveType type, byte[] bytes, int start, int end, Sink sink) {
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> new Booleans(bytes, start, sink);
      case INT32, FLOAT -> new Fixed(bytes, start, Integer.BYTES, sink);
      case INT64, DOUBLE -> new Fixed(bytes, start, Long.BYTES, sink);
      case BINARY -> new Strings(bytes, start, end, sink);
      case FIXED_LEN_BYTE_ARRAY -> new FixedStrings(bytes, start, type.getTypeLength(), sink);
      case INT96 -> throw new IllegalStateException("INT96 timestamps are not part of Iceberg");
    };
  }

  private static ByteBuffer wrap(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Numbers of four or eight bytes. */
  private static final class Fixed implements PageValues {
    private final ByteBuffer bytes;
    private final int size;
    private final Sink sink;
    private int next;

    Fixed(byte[] bytes, int start, int size, Sink sink) {
      this.bytes = wrap(bytes);
      this.next = start;
      this.size = size;
      this.sink = sink;
    }

    @Override
    public void read(int count, long slot, int width) {
      if (sink.isCopy(size) && width == size) {
        Memory.put(bytes.array(), next, slot, count * size);
      } else if (size == Integer.BYTES) {
        for (int i = 0; i < count; i++) {
          sink.put(bytes.getInt(next + i * Integer.BYTES), slot + (long) i * width);
        }
      } else {
        for (int i = 0; i < count; i++) {
          sink.put(bytes.getLong(next + i * Long.BYTES), slot + (long) i * width);
        }
      }
      skip(count);
    }

    @Override
    public void skip(int count) {
      next += count * size;
    }
  }

  /** Bits, lowest first. */
  private static final class Booleans implements PageValues {
    private final byte[] bytes;
    private final int start;
    private final Sink sink;
    private int next;

    Booleans(byte[] bytes, int start, Sink sink) {
      this.bytes = bytes;
      this.start = start;
      this.sink = sink;
    }

    @Override
    public void read(int count, long slot, int width) {
      for (int i = 0; i < count; i++, next++) {
        sink.put(bytes[start + (next >> 3)] >> (next & 7) & 1, slot + (long) i * width);
      }
    }

    @Override
    public void skip(int count) {
      next += count;
    }
  }

  /** Byte strings, each after its length. */
  private static final class Strings implements PageValues {
    private final ByteBuffer bytes;
    private final int end;
    private final Sink sink;
    private int next;

    Strings(byte[] bytes, int start, int end, Sink sink) {
      this.bytes = wrap(bytes);
      this.next = start;
      this.end = end;
      this.sink = sink;
    }

    @Override
    public void read(int count, long slot, int width) {
      for (int i = 0; i < count; i++) {
        int length = length();
        sink.put(bytes.array(), next, length, slot + (long) i * width);
        next += length;
      }
    }

    /** Moves behind the length and returns it. */
    private int length() {
      int length = bytes.getInt(next);
      next += Integer.BYTES;
      if (length < 0 || length > end - next) {
        throw new IllegalStateException("a string of " + length + " bytes does not fit its page");
      }
      return length;
    }

    @Override
    public void skip(int count) {
      for (int i = 0; i < count; i++) {
        int length = length();
        next += length;
      }
    }
  }

  /** Byte strings of one length. */
  private static final class FixedStrings implements PageValues {
    private final byte[] bytes;
    private final int length;
    private final Sink sink;
    private int next;

    FixedStrings(byte[] bytes, int start, int length, Sink sink) {
      this.bytes = bytes;
      this.next = start;
      this.length = length;
      this.sink = sink;
    }

    @Override
    public void read(int count, long slot, int width) {
      for (int i = 0; i < count; i++, next += length) {
        sink.put(bytes, next, length, slot + (long) i * width);
      }
    }

    @Override
    public void skip(int count) {
      next += count * length;
    }
  }
}
