package tamarack.storage.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.RetryableException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;
import tamarack.storage.retry.FaultProxy;
import tamarack.storage.retry.FaultProxy.Fault;
import tamarack.storage.retry.RetryBudget;
import tamarack.storage.retry.RetryPolicy;
import tamarack.storage.retry.RetryingStore;

/** A network that fails, between us and S3. Each fault once, or as often as -Dtamarack.rounds says. */
@Timeout(600)
class S3FaultTest {
  private static final RetryPolicy POLICY = new RetryPolicy(8, Duration.ofMillis(1), Duration.ofMillis(4));

  private static final int ROUNDS = Integer.getInteger("tamarack.rounds", 1);

  /** Seconds until a store gives up waiting: for ever, as far as tests go, and as short as can be. */
  private static final String PATIENT = "600";
  private static final String IMPATIENT = "1";

  private String bucket;
  private FaultProxy proxy;
  private ObjectStore direct;
  private RetryingStore store;

  @BeforeEach
  void open() throws Exception {
    S3Proxy s3 = S3Proxy.get();
    bucket = s3.newBucket();
    proxy = new FaultProxy(s3.port());
    direct = store(s3.port(), bucket, PATIENT);
    store = retrying(PATIENT);
  }

  private RetryingStore retrying(String timeout) {
    return new RetryingStore(store(proxy.port(), bucket, timeout), POLICY, new RetryBudget(10_000));
  }

  private static ObjectStore store(int port, String bucket, String timeout) {
    Map<String, String> options = new HashMap<>(S3Proxy.options(port, bucket));
    options.put("timeout", timeout);
    return new S3Store(StoreDefinition.of("faulty", options), S3Proxy.credential());
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    store.close();
    direct.close();
  }

  private static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] read(ObjectStore from, ObjectInfo object) throws IOException {
    try (InputStream in = from.open(object, 0, object.length())) {
      return in.readAllBytes();
    }
  }

  private static Fault[] times(Fault fault, int count) {
    Fault[] faults = new Fault[count];
    java.util.Arrays.fill(faults, fault);
    return faults;
  }

  private void waitShortlyFor(Fault fault) {
    if (fault == Fault.STALL) {
      store.close();
      store = retrying(IMPATIENT);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void everyCallSurvivesEveryFault(Fault fault) throws IOException {
    waitShortlyFor(fault);
    for (int round = 1; round <= ROUNDS; round++) {
      everyCallSurvives(fault, round);
    }
  }

  private void everyCallSurvives(Fault fault, int round) throws IOException {
    int count = fault == Fault.STALL ? 1 : 1 + round % 3;
    byte[] bytes = bytes(20_000 * round, round);
    ObjectBody body = ObjectBody.of(bytes);

    proxy.next(times(fault, count));
    ObjectInfo written = store.put("a", body, WriteCondition.NONE).written();
    assertEquals(written, direct.head("a").orElseThrow());
    assertArrayEquals(bytes, read(direct, written));

    proxy.next(times(fault, count));
    assertArrayEquals(bytes, read(store, written));
    proxy.next(times(fault, count));
    assertEquals(Optional.of(written), store.head("a"));
    proxy.next(times(fault, count));
    assertEquals(1, store.list("", "", 10).objects().size());
    proxy.next(times(fault, count));
    assertEquals(Map.of(), store.delete(List.of("a")));
    assertEquals(Optional.empty(), direct.head("a"));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aConditionalCreateHasOneTrueOutcome(Fault fault) {
    waitShortlyFor(fault);
    for (int round = 1; round <= ROUNDS; round++) {
      conditionalWrites(fault, round, "c" + round);
    }
  }

  private void conditionalWrites(Fault fault, int round, String key) {
    int count = fault == Fault.STALL ? 1 : 1 + round % 3;
    proxy.next(times(fault, count));
    ObjectBody mine = ObjectBody.of(bytes(5_000, 1));
    ObjectInfo written = store.put(key, mine, WriteCondition.ABSENT).written();
    assertEquals(mine.writer(), direct.head(key).orElseThrow().writer());
    assertEquals(written, direct.head(key).orElseThrow());

    proxy.next(times(fault, count));
    assertInstanceOf(WriteOutcome.Conflict.class,
        store.put(key, ObjectBody.of(bytes(5_000, 1)), WriteCondition.ABSENT));
    assertEquals(written, direct.head(key).orElseThrow());

    proxy.next(times(fault, count));
    ObjectBody next = ObjectBody.of(bytes(6_000, 2));
    ObjectInfo replaced = store.put(key, next, WriteCondition.matches(written.version())).written();
    assertEquals(replaced, direct.head(key).orElseThrow());

    proxy.next(times(fault, count));
    assertInstanceOf(WriteOutcome.Conflict.class,
        store.put(key, ObjectBody.of(bytes(7_000, 3)), WriteCondition.matches(written.version())));
    assertEquals(replaced, direct.head(key).orElseThrow());
  }

  @Test
  void aLostAnswerIsFoundByLooking() {
    proxy.next(Fault.LOST_ANSWER);
    WriteOutcome outcome = store.put("lost", ObjectBody.of(bytes(100, 1)), WriteCondition.ABSENT);
    assertTrue(assertInstanceOf(WriteOutcome.Written.class, outcome).lookedUp());
  }

  @Test
  void whenNobodyCanBeAskedTheOutcomeIsUnknown() {
    proxy.otherwise(() -> Fault.LOST_ANSWER);
    WriteOutcome outcome = store.put("unknown", ObjectBody.of(bytes(100, 1)), WriteCondition.ABSENT);
    assertInstanceOf(WriteOutcome.Unknown.class, outcome);
    assertEquals(FailureKind.UNKNOWN_OUTCOME,
        assertThrows(PermanentException.class, outcome::written).kind());
    assertTrue(direct.head("unknown").isPresent());
  }

  @Test
  void aRefusedConnectionIsReported() throws IOException {
    proxy.close();
    RetryableException failure = assertThrows(RetryableException.class, () -> store.head("x"));
    assertEquals(FailureKind.UNAVAILABLE, failure.kind());
    assertTrue(failure.getMessage().contains("refused"), failure.getMessage());
    assertEquals(POLICY.tries() - 1, store.counters().retries());
  }

  @Test
  void theBudgetEndsRetriesOfAll() {
    proxy.otherwise(() -> Fault.BUSY);
    RetryBudget budget = new RetryBudget(5);
    try (RetryingStore shared = new RetryingStore(store(proxy.port(), "any", PATIENT), POLICY, budget)) {
      assertEquals(FailureKind.THROTTLED, assertThrows(RetryableException.class, () -> shared.head("x")).kind());
      assertEquals(0, budget.left());
      assertEquals(6, proxy.requests());
      assertThrows(RetryableException.class, () -> shared.head("x"));
      assertEquals(7, proxy.requests());
    }
  }

  @Test
  void aBrokenTransferGoesOnWhereItStopped() throws IOException {
    byte[] bytes = bytes(2_000_000, 5);
    ObjectInfo object = direct.put("resume", ObjectBody.of(bytes), WriteCondition.NONE).written();
    proxy.next(Fault.RESET_DURING_ANSWER, Fault.RESET_DURING_ANSWER);
    long before = store.counters().bytesRead();
    assertArrayEquals(bytes, read(store, object));
    assertEquals(bytes.length, store.counters().bytesRead() - before);
    assertEquals(2, store.counters().retries());
  }

  @Test
  void aRandomlyFailingNetworkLosesAndDoublesNothing() throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      failRandomly(new Random(20_26 + round), "round " + round + "/");
    }
  }

  private void failRandomly(Random random, String prefix) throws IOException {
    Fault[] faults = {Fault.BUSY, Fault.LATENCY, Fault.RESET_BEFORE, Fault.RESET_DURING_REQUEST,
        Fault.RESET_DURING_ANSWER, Fault.LOST_ANSWER};
    proxy.otherwise(() -> random.nextInt(3) == 0 ? faults[random.nextInt(faults.length)] : Fault.NONE);
    Map<String, byte[]> expected = new HashMap<>();
    for (int i = 0; i < 150; i++) {
      String key = prefix + i % 40;
      byte[] bytes = bytes(100 + 700 * (i % 30), i);
      WriteOutcome outcome = store.put(key, ObjectBody.of(bytes), WriteCondition.ABSENT);
      assertEquals(expected.containsKey(key), outcome instanceof WriteOutcome.Conflict, key + " " + outcome);
      expected.putIfAbsent(key, bytes);
      if (i % 7 == 0) {
        assertEquals(Map.of(), store.delete(List.of(key)));
        expected.remove(key);
      }
    }
    proxy.otherwise(() -> Fault.NONE);
    assertEquals(expected.size(), store.list(prefix, "", 1000).objects().size());
    for (Map.Entry<String, byte[]> entry : expected.entrySet()) {
      assertArrayEquals(entry.getValue(), read(store, store.head(entry.getKey()).orElseThrow()));
    }
  }
}
