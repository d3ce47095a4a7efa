package tamarack.storage.cache;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.StorageException;

/** A block being fetched for all who wait for it; given up when the last one does. */
final class Flight {
  private final CompletableFuture<CachedBlock> result = new CompletableFuture<>();
  private Thread thread;
  private int waiting = 1;
  private boolean abandoned;

  /** One more waits; false when it is too late: it was given up, or has landed, and what it brought may be gone. */
  synchronized boolean join() {
    if (abandoned || result.isDone()) {
      return false;
    }
    waiting++;
    return true;
  }

  /** The thread that fetches, which is interrupted when nobody waits any more. */
  synchronized void flyBy(Thread thread) {
    this.thread = thread;
  }

  private synchronized void leave() {
    waiting--;
    if (waiting == 0 && !result.isDone()) {
      abandoned = true;
      thread.interrupt();
    }
  }

  void complete(CachedBlock block) {
    result.complete(block);
  }

  void fail(Throwable failure) {
    result.completeExceptionally(failure);
  }

  /** Waits for the block; CANCELED when the waiting thread is interrupted. */
  CachedBlock await() {
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PermanentException(FailureKind.CANCELED, "canceled while waiting for the object store");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StorageException failure) {
        // A new one for each who waits: stack traces are not shared.
        throw StorageException.of(failure.kind(), failure.getMessage());
      }
      throw new PermanentException(FailureKind.INTERNAL, "a fetch failed: " + e.getCause().getClass().getName());
    } finally {
      leave();
    }
  }
}
