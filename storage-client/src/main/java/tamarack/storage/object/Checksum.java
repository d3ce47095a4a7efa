package tamarack.storage.object;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.zip.CRC32C;

/** CRC32C, the checksum that all three providers know; as an unsigned number in a long. */
public final class Checksum {
  private static final int BUFFER = 1 << 16;

  private Checksum() {}

  /** Of a part of an array. */
  public static long of(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return crc.getValue();
  }

  /** Of the remaining bytes of a buffer, which stays as it is. */
  public static long of(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return crc.getValue();
  }

  /** Of a part of a file. */
  public static long of(Path file, long offset, long length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return of(channel, offset, length);
    }
  }

  /** Of a part of an open file. */
  public static long of(FileChannel channel, long offset, long length) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER, Math.max(length, 1)));
    for (long done = 0; done < length; done += buffer.limit()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), length - done));
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, offset + done + buffer.position()) < 0) {
          throw new EOFException("the file ends at " + channel.size());
        }
      }
      crc.update(buffer.flip());
    }
    return crc.getValue();
  }

  /** As the providers write it: four bytes, big-endian, in Base64. */
  public static String base64(long checksum) {
    return Base64.getEncoder().encodeToString(ByteBuffer.allocate(4).putInt((int) checksum).array());
  }

  /** As we note it with objects: eight hexadecimal digits. */
  public static String hex(long checksum) {
    return String.format("%08x", checksum);
  }

  /** The reverse of {@link #hex}; anything else, null included, is {@link ObjectInfo#NO_CHECKSUM}. */
  public static long parseHex(String text) {
    if (text == null || !text.matches("[0-9a-f]{8}")) {
      return ObjectInfo.NO_CHECKSUM;
    }
    return Long.parseLong(text, 16);
  }
}
