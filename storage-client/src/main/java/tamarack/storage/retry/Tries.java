package tamarack.storage.retry;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.RetryableException;

/** The tries of one call. */
final class Tries {
  private final RetryPolicy policy;
  private final RetryBudget budget;
  private final StoreCounters counters;
  private int failures;

  Tries(RetryPolicy policy, RetryBudget budget, StoreCounters counters) {
    this.policy = policy;
    this.budget = budget;
    this.counters = counters;
  }

  /** Whether a try has failed. */
  boolean failed() {
    return failures > 0;
  }

  /** Notes a failure and pauses before the next try; throws the failure when there is to be none. */
  void pauseAfter(RetryableException failure) {
    failures++;
    counters.failure(failure);
    if (failures >= policy.tries() || !budget.take()) {
      throw failure;
    }
    counters.retry();
    try {
      Duration pause = policy.pause(failures, ThreadLocalRandom.current());
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PermanentException(FailureKind.CANCELED, failure.getMessage() + "; then canceled");
    }
  }

  /** Notes that the call succeeded. */
  void succeeded() {
    if (failures == 0) {
      budget.earn();
    }
  }
}
