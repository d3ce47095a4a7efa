package tamarack.storage.object;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Function;

/**
 * The bytes of a ranged read as a store delivers them: exactly as many as asked for, or a failure. Failures of the
 * transport become ours. Closing before the end gives up the transfer.
 */
public final class ObjectStream extends InputStream {
  private final InputStream in;
  private final Function<Exception, StorageException> failures;
  private final Runnable abort;
  private long left;
  private boolean closed;

  /**
   * @param length bytes that must come
   * @param failures turns a failure of the transport into ours
   * @param abort gives up a transfer that has not come to its end
   */
  public ObjectStream(
      InputStream in, long length, Function<Exception, StorageException> failures, Runnable abort) {
    this.in = in;
    this.left = length;
    this.failures = failures;
    this.abort = abort;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (left == 0) {
      return -1;
    }
    int count;
    try {
      count = in.read(target, offset, (int) Math.min(length, left));
    } catch (IOException | RuntimeException e) {
      throw failures.apply(e);
    }
    if (count < 0) {
      throw new RetryableException(FailureKind.UNAVAILABLE, "the answer ended " + left + " bytes early");
    }
    left -= count;
    return count;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (left > 0) {
        abort.run();
      }
      in.close();
    } catch (IOException | RuntimeException e) {
      // What was wanted has been read, or is no longer wanted.
      left = 0;
    }
  }
}
