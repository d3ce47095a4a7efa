package tamarack.storage.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.RetryableException;

/** One fetch for all who wait. */
class FlightTest {
  private static final CachedBlock BLOCK = new CachedBlock(null, new byte[0], 0, 0, 0, true);

  @Test
  void whoComesInTimeWaitsForTheSame() {
    Flight flight = new Flight();
    assertTrue(flight.join());
    flight.complete(BLOCK);
    assertEquals(BLOCK, flight.await());
    assertEquals(BLOCK, flight.await());
  }

  @Test
  void aLandedFlightIsNotJoinedForItsBlockMayBeGone() {
    Flight flight = new Flight();
    flight.complete(BLOCK);
    assertFalse(flight.join());
    Flight failed = new Flight();
    failed.fail(new RetryableException(FailureKind.UNAVAILABLE, "no"));
    assertFalse(failed.join());
    assertEquals(FailureKind.UNAVAILABLE, assertThrows(RetryableException.class, failed::await).kind());
  }

  @Test
  void anAbandonedFlightIsNotJoined() {
    Flight flight = new Flight();
    flight.flyBy(new Thread(() -> {}));
    Thread.currentThread().interrupt();
    assertThrows(RuntimeException.class, flight::await);
    assertTrue(Thread.interrupted());
    assertFalse(flight.join());
  }
}
