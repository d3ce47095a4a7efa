package tamarack.storage.retry;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How often and how long a call is tried.
 *
 * @param tries of one call, the first one included
 * @param firstPause the longest pause before the second try; it doubles from try to try
 * @param longestPause what the doubling stops at
 */
public record RetryPolicy(int tries, Duration firstPause, Duration longestPause) {
  /** About half a minute in all: a provider's short outage is survived, a long one is reported. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(10, Duration.ofMillis(100), Duration.ofSeconds(10));

  /** The pause before a try: any length up to the doubled one, so that callers that failed together part. */
  Duration pause(int failures, RandomGenerator random) {
    long longest = longestPause.toNanos();
    long doubled = firstPause.toNanos();
    for (int i = 1; i < failures && doubled < longest; i++) {
      doubled *= 2;
    }
    return Duration.ofNanos(random.nextLong(Math.min(doubled, longest) + 1));
  }
}
