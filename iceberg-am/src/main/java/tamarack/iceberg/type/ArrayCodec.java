package tamarack.iceberg.type;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import tamarack.iceberg.memory.ByteArena;
import tamarack.tuple.Memory;

/**
 * PostgreSQL's arrays (see its array.h): number of dimensions, offset of the data (0 without nulls), element type, each
 * dimension's size, each one's lower bound, a bitmap of what is not null, the elements.
 *
 * <p>Iceberg's list holds the elements in their order. An array with one dimension that starts at 1, or with none, is a
 * list and nothing more. For every other one the data file keeps its shape (dimensions and lower bounds) in a column of
 * its own, which other engines do not know and do not miss.
 */
public final class ArrayCodec {
  private static final int DIMENSIONS = 4;
  private static final int DATA_OFFSET = 8;
  private static final int ELEMENT_TYPE = 12;
  private static final int SIZES = 16;
  private static final int MAX_ALIGNMENT = 8;

  private ArrayCodec() {}

  /** Offsets count from where a long header would start. */
  private static long start(long address) {
    return Varlena.data(address) - Varlena.HEADER;
  }

  /** How many elements there are. */
  public static int count(long address) {
    long start = start(address);
    int dimensions = Memory.getInt(start + DIMENSIONS);
    int count = dimensions == 0 ? 0 : 1;
    for (int i = 0; i < dimensions; i++) {
      count *= Memory.getInt(start + SIZES + 4L * i);
    }
    return count;
  }

  /** Sizes and lower bounds as bytes; null for an array that is simply a list. */
  public static byte[] shape(long address) {
    long start = start(address);
    int dimensions = Memory.getInt(start + DIMENSIONS);
    if (dimensions == 0 || dimensions == 1 && Memory.getInt(start + SIZES + 4) == 1) {
      return null;
    }
    byte[] shape = new byte[2 * Integer.BYTES * dimensions];
    Memory.get(start + SIZES, shape);
    return shape;
  }

  /** Walks over the elements. */
  public static final class Elements {
    private final long start;
    private final PostgresType element;
    private final long bitmap;
    private long offset;
    private int index;

    public Elements(long address, PostgresType element) {
      this.start = start(address);
      this.element = element;
      int headerEnd = SIZES + 2 * Integer.BYTES * Memory.getInt(start + DIMENSIONS);
      int dataOffset = Memory.getInt(start + DATA_OFFSET);
      this.bitmap = dataOffset == 0 ? 0 : start + headerEnd;
      this.offset = dataOffset == 0 ? Layout.align(headerEnd, MAX_ALIGNMENT) : dataOffset;
    }

    /** The address of the next element, 0 for null. */
    public long next() {
      int bit = index++;
      if (bitmap != 0 && (Memory.getByte(bitmap + (bit >> 3)) >> (bit & 7) & 1) == 0) {
        return 0;
      }
      offset = Layout.alignPointer(start, offset, element);
      long address = start + offset;
      offset += Layout.size(address, element);
      return address;
    }
  }

  /**
   * Makes an array.
   *
   * @param elements addresses, 0 for null
   * @param shape as from {@link #shape}, or null
   * @return its address, in the arena
   */
  public static long build(List<Long> elements, PostgresType element, byte[] shape, ByteArena arena) {
    int dimensions = elements.isEmpty() && shape == null ? 0 : shape == null ? 1 : shape.length / 8;
    int headerEnd = SIZES + 2 * Integer.BYTES * dimensions;
    boolean hasNulls = elements.contains(0L);
    long data = Layout.align(headerEnd + (hasNulls ? (elements.size() + 7) / 8 : 0), MAX_ALIGNMENT);
    long end = data;
    for (long each : elements) {
      // PostgreSQL pads behind every element, the last one too: it appends arrays to each other on the strength of that.
      end = each == 0 ? end : Layout.align(end + Layout.size(each, element), element.alignment());
    }
    long address = arena.allocate(end);
    Memory.fill(address, end, (byte) 0);
    Varlena.putHeader(address, Math.toIntExact(end - Varlena.HEADER));
    Memory.putInt(address + DIMENSIONS, dimensions);
    Memory.putInt(address + DATA_OFFSET, hasNulls ? (int) data : 0);
    Memory.putInt(address + ELEMENT_TYPE, element.oid());
    if (dimensions > 0) {
      Memory.put(shape == null ? flat(elements.size()) : shape, address + SIZES);
    }
    put(elements, element, address, data, hasNulls ? address + headerEnd : 0);
    return address;
  }

  private static byte[] flat(int count) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(count).putInt(1).array();
  }

  private static void put(List<Long> elements, PostgresType element, long address, long data, long bitmap) {
    long offset = data;
    for (int i = 0; i < elements.size(); i++) {
      long from = elements.get(i);
      if (from == 0) {
        continue;
      }
      if (bitmap != 0) {
        long at = bitmap + (i >> 3);
        Memory.putByte(at, (byte) (Memory.getByte(at) | 1 << (i & 7)));
      }
      offset = Layout.align(offset, element.alignment());
      long size = Layout.size(from, element);
      Memory.copy(from, address + offset, size);
      offset += size;
    }
  }
}
