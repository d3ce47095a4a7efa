package tamarack.storage.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tamarack.storage.object.ObjectInfo;

/**
 * Names a block of one version of an object: 128 bits of a SHA-256 over the store's identity, key, version and length,
 * and the block's number. Short, so that millions of them fit into memory, and fit for a file's name.
 */
record BlockId(long high, long low, int index) {
  private static final Pattern FILE_NAME = Pattern.compile("([0-9a-f]{16})([0-9a-f]{16})-([0-9]{1,9})");

  /** The id of an object's first block. */
  static BlockId of(String storeIdentity, ObjectInfo object) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : new String[] {storeIdentity, object.key(), object.version()}) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(4).putInt(0, bytes.length));
        digest.update(bytes);
      }
      ByteBuffer hash = ByteBuffer.wrap(digest.digest(ByteBuffer.allocate(8).putLong(0, object.length()).array()));
      return new BlockId(hash.getLong(), hash.getLong(), 0);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Another block of the same object. */
  BlockId withIndex(int index) {
    return new BlockId(high, low, index);
  }

  String fileName() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(high) + hex.toHexDigits(low) + "-" + index;
  }

  /** The directory that its file is in, one of 256. */
  String directoryName() {
    return HexFormat.of().toHexDigits((byte) (high >>> 56));
  }

  /** The reverse of {@link #fileName}; empty for any other name. */
  static Optional<BlockId> parse(String fileName) {
    Matcher matcher = FILE_NAME.matcher(fileName);
    return matcher.matches() ? Optional.of(new BlockId(Long.parseUnsignedLong(matcher.group(1), 16),
        Long.parseUnsignedLong(matcher.group(2), 16), Integer.parseInt(matcher.group(3)))) : Optional.empty();
  }
}
