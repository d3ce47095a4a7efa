package tamarack.storage.cache;

import java.nio.file.Path;

/**
 * A block of an object, in a file or, when the disk takes no more, in memory. A file may be deleted at any time, but
 * never changes: who has it open goes on reading, who finds it gone asks again.
 *
 * @param file holds the bytes from offset 0; null when they are in memory
 * @param bytes null when they are in a file
 * @param offset of the block in its object
 * @param length in bytes
 * @param checksum CRC32C of the bytes, unsigned
 * @param fetched who asked for it waited for the store
 */
public record CachedBlock(Path file, byte[] bytes, long offset, int length, long checksum, boolean fetched) {
  CachedBlock afterFetch() {
    return new CachedBlock(file, bytes, offset, length, checksum, true);
  }
}
