package tamarack.storage.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import tamarack.storage.object.Checksum;

/**
 * The layout of a cached block's file: its bytes from offset 0, so that readers may map them, then a footer. A file is
 * written aside, moved into place and never changed. It is not synced: after a crash of the machine the footer tells.
 *
 * <pre>
 * in the footer   size
 *  0              4      magic "TAMC"
 *  4              4      version of this layout
 *  8              16     the object, see {@link BlockId}
 * 24              4      number of the block
 * 28              4      length of the bytes
 * 32              4      CRC32C of the bytes
 * 36              4      CRC32C of the footer up to here
 * </pre>
 */
final class BlockFile {
  static final int FOOTER = 40;
  private static final int MAGIC = 0x54414d43;
  private static final int VERSION = 1;
  private static final int LENGTH_OFFSET = 28;
  private static final int CHECKSUM_OFFSET = 32;
  private static final int FOOTER_CHECKSUM_OFFSET = 36;

  private BlockFile() {}

  static ByteBuffer footer(BlockId id, int length, long checksum) {
    ByteBuffer footer = ByteBuffer.allocate(FOOTER);
    footer.putInt(MAGIC).putInt(VERSION).putLong(id.high()).putLong(id.low()).putInt(id.index());
    footer.putInt(length).putInt((int) checksum);
    footer.putInt((int) Checksum.of(footer.array(), 0, FOOTER_CHECKSUM_OFFSET));
    return footer.flip();
  }

  /** The checksum that a file's footer holds, or -1 when it is not the whole and undamaged file of this block. */
  static long checksum(Path file, BlockId id, int length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer footer = ByteBuffer.allocate(FOOTER);
      while (footer.hasRemaining() && channel.read(footer, (long) length + footer.position()) >= 0) {
        continue;
      }
      long checksum = footer.getInt(CHECKSUM_OFFSET) & 0xffffffffL;
      boolean whole = channel.size() == (long) length + FOOTER && !footer.hasRemaining()
          && footer.flip().equals(footer(id, length, checksum)) && footer.getInt(LENGTH_OFFSET) == length;
      return whole && Checksum.of(channel, 0, length) == checksum ? checksum : -1;
    }
  }
}
