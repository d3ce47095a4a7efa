package tamarack.storage.object;

import java.util.Objects;

/**
 * One version of an object. Versions are immutable, so this is also what caches go by.
 *
 * @param key without the prefix of the store
 * @param length in bytes
 * @param version the provider's ETag or generation; two different contents never share one
 * @param checksum CRC32C of all bytes as an unsigned number, or {@link #NO_CHECKSUM}
 * @param writer the token of the write that made it, see {@link ObjectBody#writer}; "" when it was not ours
 */
public record ObjectInfo(String key, long length, String version, long checksum, String writer) {
  /** The writer of the object noted no checksum. */
  public static final long NO_CHECKSUM = -1;

  public ObjectInfo {
    Objects.requireNonNull(key);
    Objects.requireNonNull(version);
    Objects.requireNonNull(writer);
    if (length < 0) {
      throw new IllegalArgumentException("object length " + length);
    }
  }

  /** Whether there is a checksum to compare. */
  public boolean hasChecksum() {
    return checksum != NO_CHECKSUM;
  }
}
