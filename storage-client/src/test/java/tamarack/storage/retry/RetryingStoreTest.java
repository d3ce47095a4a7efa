package tamarack.storage.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tamarack.storage.memory.MemoryStore;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStoreContract;

/** A retrying store keeps the contract of the store behind it. */
class RetryingStoreTest extends ObjectStoreContract {
  @Override
  protected ObjectStore newStore() {
    return new RetryingStore(new MemoryStore(), RetryPolicy.DEFAULT, new RetryBudget(10));
  }

  @Override
  protected int lengthOfSeveralParts() {
    return 300_000;
  }

  @Test
  void pausesGrowAndAreJittered() {
    RetryPolicy policy = new RetryPolicy(10, Duration.ofMillis(100), Duration.ofSeconds(1));
    Random random = new Random(1);
    for (int failures = 1; failures < 100; failures++) {
      long most = Math.min(1000, 100L << Math.min(failures - 1, 10));
      Duration one = policy.pause(failures, random);
      assertTrue(one.toMillis() <= most && !one.isNegative(), one + " after " + failures);
    }
    assertTrue(policy.pause(5, random).compareTo(policy.pause(5, random)) != 0);
  }

  @Test
  void aBudgetIsEarnedBack() {
    RetryBudget budget = new RetryBudget(2);
    assertTrue(budget.take() && budget.take() && !budget.take());
    for (int i = 0; i < 10; i++) {
      budget.earn();
    }
    assertEquals(1, budget.left());
    assertTrue(budget.take() && !budget.take());
  }
}
