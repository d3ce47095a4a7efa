package tamarack.storage.cache;

import tamarack.storage.object.ObjectInfo;

/**
 * How objects are cut into blocks: small ones are one block, others have blocks of one size and a shorter last one.
 *
 * @param blockSize in bytes
 * @param wholeLimit objects up to this many bytes are one block
 */
public record BlockGeometry(int blockSize, int wholeLimit) {
  /** The number of the block that holds a byte. */
  int index(ObjectInfo object, long offset) {
    return object.length() <= wholeLimit ? 0 : Math.toIntExact(offset / blockSize);
  }

  /** Where a block begins in its object. */
  long start(ObjectInfo object, int index) {
    return object.length() <= wholeLimit ? 0 : (long) index * blockSize;
  }

  /** The bytes of a block. */
  int length(ObjectInfo object, int index) {
    return object.length() <= wholeLimit
        ? (int) object.length() : (int) Math.min(blockSize, object.length() - start(object, index));
  }

  /** The number of blocks of an object, 1 for an empty one. */
  int count(ObjectInfo object) {
    return object.length() <= wholeLimit ? 1 : Math.toIntExact(Math.ceilDiv(object.length(), blockSize));
  }
}
