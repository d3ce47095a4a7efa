package tamarack.storage.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListedObject;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.PermanentException;

/** Messages as bytes. */
@Timeout(120)
class CodecTest {
  private static final int FUZZ_FRAMES = 1_000_000;
  private static final ObjectInfo OBJECT = new ObjectInfo("a/ä.parquet", 1L << 40, "\"etag\"", 0xfedcba98L, "w-1");
  private static final ObjectInfo BARE = new ObjectInfo("b", 0, "v", ObjectInfo.NO_CHECKSUM, "");

  private static final List<Request> REQUESTS = List.of(
      new Request.Hello(1, "backend 4711"), new Request.Open("lake", "k"), new Request.Head("lake", "k"),
      new Request.Locate("lake", OBJECT, 77, false, true), new Request.Locate("lake", BARE, 0, true, false),
      new Request.Fetch("lake", OBJECT, 1L << 39), new Request.Stage("tx", "lake", "k"), new Request.Upload("tx", 9),
      new Request.Prepare("tx"), new Request.Publish("lake", "k", new byte[] {1, 2, 3}), new Request.Commit("tx"),
      new Request.Abort("tx"), new Request.Pending(), new Request.Delete("lake", List.of("a", "b", "")),
      new Request.ListObjects("lake", "p/", "", 100), new Request.Status(), new Request.CacheStatistics(),
      new Request.Queue(), new Request.Probe("lake"), new Request.TakeOver("lake"), new Request.Reload(),
      new Request.Cancel(-5));

  private static final List<Answer> ANSWERS = List.of(
      new Answer.Welcome(1, "service"), new Answer.Failed(FailureKind.NOT_OWNER, "not yours"),
      new Answer.Found(Optional.of(OBJECT)), new Answer.Found(Optional.empty()),
      new Answer.Located("/cache/x", 0, 4096, 100, 0xffffffffL, true), new Answer.NotCached(),
      new Answer.Data(5, 6, true, new byte[1000]), new Answer.Staged(3, "/staging/3"), new Answer.Done(),
      new Answer.Prepared(List.of(OBJECT, BARE)), new Answer.Published(Optional.of(BARE)),
      new Answer.Published(Optional.empty()),
      new Answer.Listed(List.of(new ListedObject("k", 1, Instant.ofEpochMilli(123_456_789))), "next"),
      new Answer.Rows(List.of("a", "b"), List.of(List.of("1", "2"), List.of("3", ""))));

  @Test
  void everyMessageSurvivesTheWire() throws ProtocolException {
    long id = Long.MIN_VALUE;
    for (Request request : REQUESTS) {
      ByteBuffer frame = RequestCodec.encode(++id, request);
      assertEquals(id, Frames.requestId(frame));
      assertEquals(request, RequestCodec.decode(frame));
    }
    for (Answer answer : ANSWERS) {
      ByteBuffer frame = AnswerCodec.encode(++id, answer);
      assertEquals(id, Frames.requestId(frame));
      assertEquals(answer, AnswerCodec.decode(frame));
    }
  }

  @Test
  void theListsAboveMissNoMessage() {
    Set<Class<?>> requests = new HashSet<>();
    REQUESTS.forEach(request -> requests.add(request.getClass()));
    assertEquals(Set.of(Request.class.getPermittedSubclasses()), requests);
    Set<Class<?>> answers = new HashSet<>();
    ANSWERS.forEach(answer -> answers.add(answer.getClass()));
    assertEquals(Set.of(Answer.class.getPermittedSubclasses()), answers);
  }

  @Test
  void failureKindsHaveTheirOwnNumbers() {
    Set<Integer> numbers = new HashSet<>();
    for (FailureKind kind : FailureKind.values()) {
      assertTrue(numbers.add(kind.number()));
      assertEquals(kind, FailureKind.of(kind.number()));
    }
    assertEquals(FailureKind.INTERNAL, FailureKind.of(9999));
  }

  /** Random bytes, and whole messages with some bytes changed, cut, lengthened or spliced: a value or a refusal. */
  @Test
  void aMillionBrokenFramesHarmNobody() {
    List<byte[]> seeds = new ArrayList<>();
    REQUESTS.forEach(request -> seeds.add(bytes(RequestCodec.encode(1, request))));
    ANSWERS.forEach(answer -> seeds.add(bytes(AnswerCodec.encode(1, answer))));
    Random random = new Random(4711);
    int refused = 0;
    for (int i = 0; i < FUZZ_FRAMES; i++) {
      byte[] frame = random.nextInt(4) == 0 ? noise(random) : mutated(seeds, random);
      if (random.nextInt(8) != 0 && frame.length >= FrameLayout.BODY) {
        // Most keep a right length, so that the fields behind it are reached.
        ByteBuffer.wrap(frame).putInt(FrameLayout.LENGTH, frame.length - FrameLayout.TYPE);
      }
      refused += refuses(frame, i) ? 1 : 0;
    }
    assertTrue(refused > FUZZ_FRAMES / 2 && refused < FUZZ_FRAMES, refused + " refused");
  }

  private static boolean refuses(byte[] frame, int round) {
    try {
      Object message = round % 2 == 0
          ? RequestCodec.decode(ByteBuffer.wrap(frame)) : AnswerCodec.decode(ByteBuffer.wrap(frame));
      assertNotNull(message);
      return false;
    } catch (ProtocolException e) {
      return true;
    }
  }

  private static byte[] bytes(ByteBuffer frame) {
    byte[] bytes = new byte[frame.remaining()];
    frame.duplicate().get(bytes);
    return bytes;
  }

  private static byte[] noise(Random random) {
    byte[] noise = new byte[random.nextInt(200)];
    random.nextBytes(noise);
    if (noise.length >= FrameLayout.BODY) {
      noise[FrameLayout.TYPE] = 0;
      noise[FrameLayout.TYPE + 1] = (byte) (random.nextBoolean() ? random.nextInt(25) : 127 + random.nextInt(15));
      noise[FrameLayout.RESERVED] = 0;
      noise[FrameLayout.RESERVED + 1] = 0;
    }
    return noise;
  }

  private static byte[] mutated(List<byte[]> seeds, Random random) {
    byte[] frame = seeds.get(random.nextInt(seeds.size())).clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(frame.length);
      switch (random.nextInt(6)) {
        case 0 -> frame[at] = (byte) random.nextInt();
        case 1 -> frame[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> frame = Arrays.copyOf(frame, Math.max(1, at));
        case 3 -> frame = Arrays.copyOf(frame, frame.length + random.nextInt(30));
        case 4 -> Arrays.fill(frame, at, Math.min(frame.length, at + 4), (byte) (random.nextBoolean() ? 0xff : 0x7f));
        default -> {
          byte[] other = seeds.get(random.nextInt(seeds.size()));
          int count = Math.min(frame.length - at, other.length);
          System.arraycopy(other, other.length - count, frame, at, count);
        }
      }
    }
    return frame;
  }

  @Test
  void lengthsAreCheckedBeforeMemoryIsTaken() {
    for (int length : new int[] {-1, 0, 11, FrameLayout.MOST_REQUEST - 3, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      byte[] start = new byte[FrameLayout.BODY];
      ByteBuffer.wrap(start).putInt(length);
      assertThrows(ProtocolException.class, () -> Frames.read(
          Channels.newChannel(new ByteArrayInputStream(start)), FrameLayout.MOST_REQUEST, () -> {}));
    }
    byte[] half = Arrays.copyOf(bytes(RequestCodec.encode(1, new Request.Probe("lake"))), 20);
    assertThrows(EOFException.class, () -> Frames.read(
        Channels.newChannel(new ByteArrayInputStream(half)), FrameLayout.MOST_REQUEST, () -> {}));
  }

  @Test
  void framesAreReadOneAfterTheOther() throws Exception {
    byte[] large = new byte[300_000];
    new Random(1).nextBytes(large);
    Request publish = new Request.Publish("lake", "k", large);
    byte[] both = new byte[600_200];
    ByteBuffer stream = ByteBuffer.wrap(both);
    stream.put(RequestCodec.encode(1, publish)).put(RequestCodec.encode(2, publish));
    var channel = Channels.newChannel(new ByteArrayInputStream(both, 0, stream.position()));
    for (int id = 1; id <= 2; id++) {
      ByteBuffer frame = Frames.read(channel, FrameLayout.MOST_REQUEST, () -> {});
      assertEquals(id, Frames.requestId(frame));
      assertEquals(publish, RequestCodec.decode(frame));
    }
    assertEquals(null, Frames.read(channel, FrameLayout.MOST_REQUEST, () -> {}));
  }

  @Test
  void aMessageThatIsTooLargeIsNotSent() {
    assertThrows(PermanentException.class,
        () -> RequestCodec.encode(1, new Request.Publish("lake", "k", new byte[FrameLayout.MOST_REQUEST])));
    assertThrows(PermanentException.class,
        () -> RequestCodec.encode(1, new Request.Delete("lake", Collections.nCopies(30_000, "k".repeat(100)))));
  }
}
