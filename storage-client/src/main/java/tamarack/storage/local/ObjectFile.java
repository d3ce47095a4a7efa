package tamarack.storage.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import tamarack.storage.object.ObjectInfo;

/**
 * The layout of an object's file: its bytes, then a trailer of 128 bytes that holds what a provider would keep beside
 * them. One file, so that it appears as a whole.
 *
 * <pre>
 * from the end   size
 * 128            4      magic "TAMO"
 * 124            4      CRC32C of the bytes
 * 120            8      length of the bytes
 * 112            48     version, ASCII, padded with zeros
 *  64            64     writer token, ASCII, padded with zeros
 * </pre>
 */
final class ObjectFile {
  static final int TRAILER = 128;
  private static final int MAGIC = 0x54414d4f;
  private static final int VERSION_OFFSET = 16;
  private static final int VERSION_SIZE = 48;
  private static final int WRITER_OFFSET = 64;
  private static final int WRITER_SIZE = 64;

  private ObjectFile() {}

  static ByteBuffer trailer(ObjectInfo object) {
    ByteBuffer trailer = ByteBuffer.allocate(TRAILER);
    trailer.putInt(MAGIC).putInt((int) object.checksum()).putLong(object.length());
    trailer.put(VERSION_OFFSET, ascii(object.version(), VERSION_SIZE));
    trailer.put(WRITER_OFFSET, ascii(object.writer(), WRITER_SIZE));
    return trailer.clear();
  }

  /** What the trailer of an open file says. */
  static ObjectInfo read(String key, FileChannel channel) throws IOException {
    ByteBuffer trailer = ByteBuffer.allocate(TRAILER);
    long length = channel.size() - TRAILER;
    while (length >= 0 && trailer.hasRemaining()) {
      if (channel.read(trailer, length + trailer.position()) < 0) {
        break;
      }
    }
    if (trailer.hasRemaining() || trailer.getInt(0) != MAGIC || trailer.getLong(8) != length) {
      throw new IOException("not a whole object");
    }
    return new ObjectInfo(key, length, text(trailer, VERSION_OFFSET, VERSION_SIZE),
        trailer.getInt(4) & 0xffffffffL, text(trailer, WRITER_OFFSET, WRITER_SIZE));
  }

  private static byte[] ascii(String text, int size) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length > size) {
      throw new IllegalArgumentException("longer than " + size + ": " + text);
    }
    return bytes;
  }

  private static String text(ByteBuffer trailer, int offset, int size) {
    int end = offset;
    while (end < offset + size && trailer.get(end) != 0) {
      end++;
    }
    return new String(trailer.array(), offset, end - offset, StandardCharsets.US_ASCII);
  }
}
