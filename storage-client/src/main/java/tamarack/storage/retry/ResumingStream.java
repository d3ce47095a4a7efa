package tamarack.storage.retry;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.RetryableException;

/**
 * A ranged read that goes on where it stopped when the connection breaks. A read of a whole object ends with CORRUPT
 * when its bytes do not have the object's checksum.
 */
final class ResumingStream extends InputStream {
  private final ObjectStore store;
  private final ObjectInfo object;
  private final Tries tries;
  private final StoreCounters counters;
  private final CRC32C checksum;
  private long position;
  private final long end;
  private InputStream in;

  /** Opens the range at once, so that what is not there shows here. */
  ResumingStream(
      ObjectStore store, ObjectInfo object, long offset, long length, Tries tries, StoreCounters counters) {
    this.store = store;
    this.object = object;
    this.tries = tries;
    this.counters = counters;
    this.position = offset;
    this.end = offset + length;
    this.checksum = object.hasChecksum() && length == object.length() ? new CRC32C() : null;
    open();
  }

  private void open() {
    while (in == null) {
      try {
        counters.request();
        in = store.open(object, position, end - position);
      } catch (RetryableException e) {
        tries.pauseAfter(e);
      }
    }
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    while (true) {
      open();
      try {
        int count = in.read(target, offset, length);
        if (count > 0) {
          position += count;
          counters.read(count);
          verify(target, offset, count);
        } else if (count < 0) {
          tries.succeeded();
        }
        return count;
      } catch (RetryableException e) {
        if (e.kind() == FailureKind.CORRUPT) {
          throw e;
        }
        close();
        tries.pauseAfter(e);
      } catch (IOException e) {
        throw new PermanentException(FailureKind.INTERNAL, "a store's stream threw " + e.getClass().getName());
      }
    }
  }

  private void verify(byte[] bytes, int offset, int count) {
    if (checksum == null) {
      return;
    }
    checksum.update(bytes, offset, count);
    if (position == end && checksum.getValue() != object.checksum()) {
      throw new RetryableException(
          FailureKind.CORRUPT, "the bytes of \"" + object.key() + "\" do not have its checksum");
    }
  }

  @Override
  public void close() {
    InputStream closing = in;
    in = null;
    try {
      if (closing != null) {
        closing.close();
      }
    } catch (IOException e) {
      throw new PermanentException(FailureKind.INTERNAL, "a store's stream threw " + e.getClass().getName());
    }
  }
}
