package tamarack.iceberg.type;

import java.util.List;
import tamarack.iceberg.memory.ByteArena;
import tamarack.tuple.Memory;

/**
 * PostgreSQL's rows of composite types (see its htup_details.h): length, typmod, type, a tuple id, flags and number of
 * attributes, where the data start, a bitmap of what is not null, the attributes.
 */
public final class CompositeCodec {
  private static final int TYPMOD = 4;
  private static final int TYPE = 8;
  private static final int TUPLE_ID = 12;
  private static final int INFO_2 = 18;
  private static final int INFO = 20;
  private static final int DATA_OFFSET = 22;
  private static final int BITMAP = 23;
  private static final int COUNT_MASK = 0x07ff;
  private static final int HAS_NULL = 1;
  private static final int HAS_VARIABLE_WIDTH = 2;
  private static final int MAX_ALIGNMENT = 8;

  private CompositeCodec() {}

  /** The addresses of the attributes, 0 for null; attributes added to the type later are null. */
  public static long[] attributes(long address, List<PostgresType.Attribute> types) {
    long start = Varlena.data(address) - Varlena.HEADER;
    int stored = Memory.getShort(start + INFO_2) & COUNT_MASK;
    boolean hasNulls = (Memory.getShort(start + INFO) & HAS_NULL) != 0;
    long data = start + (Memory.getByte(start + DATA_OFFSET) & 0xff);
    long[] attributes = new long[types.size()];
    long offset = 0;
    for (int i = 0; i < Math.min(stored, attributes.length); i++) {
      boolean isNull = hasNulls && (Memory.getByte(start + BITMAP + (i >> 3)) >> (i & 7) & 1) == 0;
      if (!isNull) {
        PostgresType type = types.get(i).type();
        offset = Layout.alignPointer(data, offset, type);
        attributes[i] = data + offset;
        offset += Layout.size(attributes[i], type);
      }
    }
    return attributes;
  }

  /**
   * Makes a row.
   *
   * @param attributes addresses, 0 for null
   * @return its address, in the arena
   */
  public static long build(long[] attributes, PostgresType composite, ByteArena arena) {
    boolean hasNulls = java.util.Arrays.stream(attributes).anyMatch(each -> each == 0);
    long data = Layout.align(BITMAP + (hasNulls ? (attributes.length + 7) / 8 : 0), MAX_ALIGNMENT);
    long end = data;
    for (int i = 0; i < attributes.length; i++) {
      PostgresType type = composite.attributes().get(i).type();
      end = attributes[i] == 0 ? end : data + Layout.align(end - data, type.alignment())
          + Layout.size(attributes[i], type);
    }
    long address = arena.allocate(end);
    Memory.fill(address, end, (byte) 0);
    Varlena.putHeader(address, Math.toIntExact(end - Varlena.HEADER));
    Memory.putInt(address + TYPMOD, composite.typmod());
    Memory.putInt(address + TYPE, composite.oid());
    // An invalid tuple id, as heap_form_tuple leaves it.
    Memory.putInt(address + TUPLE_ID, -1);
    Memory.putShort(address + INFO_2, (short) attributes.length);
    Memory.putByte(address + DATA_OFFSET, (byte) data);
    put(attributes, composite, address, data, hasNulls);
    return address;
  }

  private static void put(long[] attributes, PostgresType composite, long address, long data, boolean hasNulls) {
    int info = hasNulls ? HAS_NULL : 0;
    long offset = data;
    for (int i = 0; i < attributes.length; i++) {
      PostgresType type = composite.attributes().get(i).type();
      info |= type.length() < 0 && attributes[i] != 0 ? HAS_VARIABLE_WIDTH : 0;
      if (attributes[i] == 0) {
        continue;
      }
      if (hasNulls) {
        long at = address + BITMAP + (i >> 3);
        Memory.putByte(at, (byte) (Memory.getByte(at) | 1 << (i & 7)));
      }
      offset = Layout.align(offset, type.alignment());
      long size = Layout.size(attributes[i], type);
      Memory.copy(attributes[i], address + offset, size);
      offset += size;
    }
    Memory.putShort(address + INFO, (short) info);
  }
}
