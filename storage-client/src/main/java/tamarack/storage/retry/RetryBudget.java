package tamarack.storage.retry;

/**
 * What all calls to a store together may spend on further tries: a provider in trouble gets a few tries more, not many
 * times its usual load. Each call that succeeds at once earns a part of a try.
 */
public final class RetryBudget {
  private static final int PARTS_PER_TRY = 10;

  private final long most;
  private long parts;

  /** A full budget of that many further tries. */
  public RetryBudget(int tries) {
    this.most = (long) tries * PARTS_PER_TRY;
    this.parts = most;
  }

  /** Takes one further try; false when none is left. */
  synchronized boolean take() {
    if (parts < PARTS_PER_TRY) {
      return false;
    }
    parts -= PARTS_PER_TRY;
    return true;
  }

  /** A call succeeded. */
  synchronized void earn() {
    parts = Math.min(most, parts + 1);
  }

  /** Further tries that are left. */
  public synchronized long left() {
    return parts / PARTS_PER_TRY;
  }
}
