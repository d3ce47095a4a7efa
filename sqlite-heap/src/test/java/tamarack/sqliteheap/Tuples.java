package tamarack.sqliteheap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Stored tuples and the heap tuple images they become, written down independently of the C code. */
final class Tuples {
  static final int HAS_NULL = 1;
  static final int HAS_VARIABLE_WIDTH = 2;

  private static final int FIXED_HEADER = 23;

  private Tuples() {}

  static byte[] prefix(int attributes, int flags) {
    return ByteBuffer.allocate(3).order(ByteOrder.nativeOrder()).putShort((short) attributes).put((byte) flags).array();
  }

  /** A stored tuple of one attribute without nulls; {@code bytes} counts all of it, at least 3. */
  static byte[] ofSize(int bytes) {
    byte[] data = new byte[bytes - 3];
    new Random(bytes).nextBytes(data);
    return stored(1, HAS_VARIABLE_WIDTH, new byte[0], data);
  }

  static byte[] stored(int attributes, int flags, byte[] bitmap, byte[] data) {
    return ByteBuffer.allocate(3 + bitmap.length + data.length)
        .put(prefix(attributes, flags)).put(bitmap).put(data).array();
  }

  /** The image that a stored tuple becomes. */
  static byte[] image(byte[] stored) {
    ByteBuffer in = ByteBuffer.wrap(stored).order(ByteOrder.nativeOrder());
    int attributes = Short.toUnsignedInt(in.getShort());
    int flags = in.get();
    int bitmap = (flags & HAS_NULL) != 0 ? (attributes + 7) / 8 : 0;
    int dataOffset = (FIXED_HEADER + bitmap + 7) / 8 * 8;
    ByteBuffer out = ByteBuffer.allocate(dataOffset + in.remaining() - bitmap).order(ByteOrder.nativeOrder());
    out.putShort(18, (short) attributes).putShort(20, (short) flags).put(22, (byte) dataOffset);
    out.put(FIXED_HEADER, stored, 3, bitmap);
    out.put(dataOffset, stored, 3 + bitmap, stored.length - 3 - bitmap);
    return out.array();
  }
}
