package tamarack.iceberg.type;

import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.tuple.Memory;

/**
 * PostgreSQL's variable-length values on a little-endian machine: a 4-byte header (length with itself, shifted by two
 * bits), or a 1-byte header (length with itself, shifted by one bit, lowest bit set).
 */
public final class Varlena {
  /** Bytes of the long header. */
  public static final int HEADER = Integer.BYTES;

  private static final int SHORT_BIT = 1;
  private static final int EXTERNAL = 1;
  private static final int COMPRESSION_MASK = 3;
  private static final int COMPRESSED = 2;

  private Varlena() {}

  private static boolean isShort(long address) {
    return (Memory.getByte(address) & SHORT_BIT) != 0;
  }

  /** Where the bytes start. */
  public static long data(long address) {
    return address + (isShort(address) ? 1 : HEADER);
  }

  /** How many bytes there are, without the header. */
  public static int length(long address) {
    int first = Memory.getByte(address) & 0xff;
    if (first == EXTERNAL || (first & COMPRESSION_MASK) == COMPRESSED) {
      throw new TamarackException(SqlState.INTERNAL_ERROR, "a compressed or external value has come to Java");
    }
    return (first & SHORT_BIT) != 0 ? (first >> 1) - 1 : (Memory.getInt(address) >>> 2) - HEADER;
  }

  /** Writes the long header of a value with {@code length} bytes after it. */
  public static void putHeader(long address, int length) {
    Memory.putInt(address, length + HEADER << 2);
  }

  /** A copy of the bytes. */
  public static byte[] bytes(long address) {
    byte[] bytes = new byte[length(address)];
    Memory.get(data(address), bytes);
    return bytes;
  }
}
