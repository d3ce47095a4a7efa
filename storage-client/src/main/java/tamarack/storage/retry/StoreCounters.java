package tamarack.storage.retry;

import java.util.concurrent.atomic.AtomicLong;
import tamarack.storage.object.StorageException;

/** What has been asked of a store. */
public final class StoreCounters {
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong retries = new AtomicLong();
  private final AtomicLong bytesRead = new AtomicLong();
  private final AtomicLong bytesWritten = new AtomicLong();
  private volatile String lastError = "";

  void request() {
    requests.incrementAndGet();
  }

  void retry() {
    retries.incrementAndGet();
  }

  void read(long bytes) {
    bytesRead.addAndGet(bytes);
  }

  void written(long bytes) {
    bytesWritten.addAndGet(bytes);
  }

  void failure(StorageException failure) {
    lastError = failure.getMessage();
  }

  /** Calls of the store, further tries included. */
  public long requests() {
    return requests.get();
  }

  /** Further tries. */
  public long retries() {
    return retries.get();
  }

  /** Bytes that came over the network. */
  public long bytesRead() {
    return bytesRead.get();
  }

  /** Bytes of objects written. */
  public long bytesWritten() {
    return bytesWritten.get();
  }

  /** The message of the last failure, "" when there was none. */
  public String lastError() {
    return lastError;
  }
}
