package tamarack.storage.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tamarack.storage.client.StorageClient;
import tamarack.storage.local.DirectoryStore;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.wire.Answer;
import tamarack.storage.wire.AnswerCodec;
import tamarack.storage.wire.FrameLayout;
import tamarack.storage.wire.Frames;
import tamarack.storage.wire.Request;
import tamarack.storage.wire.RequestCodec;

/** Peers that misbehave: they are sent away, and others do not notice. */
@Timeout(60)
class ServerRobustnessTest {
  @TempDir
  private Path directory;

  private TestService service;
  private StorageClient wellBehaved;

  @BeforeEach
  void start() throws IOException {
    service = new TestService(directory).start();
    wellBehaved = service.client();
    wellBehaved.status();
  }

  @AfterEach
  void stop() throws Exception {
    assertEquals(1, wellBehaved.status().rows().size());
    service.close();
  }

  /** From now on the service waits shortly for the rest of a message, and for answers to be taken. */
  private void beImpatient(Duration patience) {
    service.stop();
    service.patience(patience).start();
    wellBehaved.status();
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(service.socket));
    return channel;
  }

  private SocketChannel greeted() throws Exception {
    SocketChannel channel = connect();
    Frames.write(channel, RequestCodec.encode(1, new Request.Hello(FrameLayout.PROTOCOL_VERSION, "test")));
    assertInstanceOf(Answer.Welcome.class, answer(channel));
    return channel;
  }

  private static Answer answer(SocketChannel channel) throws Exception {
    ByteBuffer frame = Frames.read(channel, FrameLayout.MOST_ANSWER, () -> {});
    return frame == null ? null : AnswerCodec.decode(frame);
  }

  /** Whether the server closes the connection, after any number of answers. */
  private static boolean isClosedByServer(SocketChannel channel) {
    ByteBuffer buffer = ByteBuffer.allocate(8192);
    try {
      while (channel.read(buffer.clear()) >= 0) {
        continue;
      }
      return true;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void anotherVersionIsToldAndSentAway() throws Exception {
    try (SocketChannel channel = connect()) {
      Frames.write(channel, RequestCodec.encode(1, new Request.Hello(99, "future")));
      Answer.Failed failed = assertInstanceOf(Answer.Failed.class, answer(channel));
      assertEquals(FailureKind.PROTOCOL, failed.kind());
      assertTrue(failed.message().contains("version 1"), failed.message());
      assertTrue(isClosedByServer(channel));
    }
  }

  @Test
  void whoDoesNotGreetIsSentAway() throws Exception {
    try (SocketChannel channel = connect()) {
      Frames.write(channel, RequestCodec.encode(1, new Request.Status()));
      assertInstanceOf(Answer.Failed.class, answer(channel));
      assertTrue(isClosedByServer(channel));
    }
    beImpatient(Duration.ofMillis(300));
    try (SocketChannel silent = connect()) {
      assertTrue(isClosedByServer(silent));
    }
  }

  @Test
  void anOversizedMessageIsRefusedByItsLength() throws Exception {
    try (SocketChannel channel = greeted()) {
      Frames.write(channel, ByteBuffer.allocate(FrameLayout.BODY).putInt(0, Integer.MAX_VALUE));
      assertInstanceOf(Answer.Failed.class, answer(channel));
      assertTrue(isClosedByServer(channel));
    }
  }

  @Test
  void whoStopsWithinAMessageIsSentAway() throws Exception {
    beImpatient(Duration.ofSeconds(1));
    try (SocketChannel channel = greeted()) {
      ByteBuffer frame = RequestCodec.encode(2, new Request.Probe("lake"));
      Frames.write(channel, frame.limit(frame.limit() - 1));
      assertTrue(isClosedByServer(channel));
    }
  }

  @Test
  void whoIsIdleBetweenMessagesMayStay() throws Exception {
    beImpatient(Duration.ofSeconds(1));
    try (SocketChannel channel = greeted()) {
      Thread.sleep(2000);
      Frames.write(channel, RequestCodec.encode(2, new Request.Status()));
      assertInstanceOf(Answer.Rows.class, answer(channel));
    }
  }

  @Test
  void whoTakesNoAnswersIsSentAway() throws Exception {
    beImpatient(Duration.ofSeconds(1));
    ObjectStore lake = new DirectoryStore(directory.resolve("lake/p"));
    ObjectInfo object =
        lake.put("k", ObjectBody.of(new byte[2 * TestService.BLOCK]), WriteCondition.NONE).written();
    try (SocketChannel channel = greeted()) {
      int sent = 0;
      try {
        // Answers are far larger than requests, so their way is blocked long before ours.
        while (sent < 1_000_000) {
          Frames.write(channel, RequestCodec.encode(++sent + 1L, new Request.Fetch("lake", object, 0)));
        }
      } catch (IOException e) {
        assertTrue(sent < 1_000_000);
      }
      assertTrue(isClosedByServer(channel));
      assertTrue(sent < 1_000_000, "the server took everything");
    }
  }

  @Test
  void tooManyRequestsAtATimeAreRefusedOneByOne() throws Exception {
    service.configure("[store lake]", "protocol = directory", "bucket = " + directory.resolve("lake"));
    try (SocketChannel channel = greeted()) {
      int count = 3 * ServerLimits.REQUESTS_PER_CONNECTION;
      for (int i = 0; i < count; i++) {
        Frames.write(channel, RequestCodec.encode(i + 2L, new Request.Status()));
      }
      for (int i = 0; i < count; i++) {
        Answer answer = answer(channel);
        assertTrue(answer instanceof Answer.Rows
            || answer instanceof Answer.Failed failed && failed.kind() == FailureKind.BUSY, answer.toString());
      }
    }
  }

  @Test
  void randomBytesOfManyPeersHarmNobody() throws Exception {
    Random random = new Random(99);
    List<SocketChannel> channels = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      SocketChannel channel = random.nextBoolean() ? connect() : greeted();
      channels.add(channel);
      byte[] noise = new byte[random.nextInt(2000)];
      random.nextBytes(noise);
      if (random.nextBoolean() && noise.length > 20) {
        ByteBuffer.wrap(noise).putInt(0, 12 + random.nextInt(100)).putInt(4, random.nextInt(25) << 16);
      }
      try {
        Frames.write(channel, ByteBuffer.wrap(noise));
      } catch (IOException e) {
        continue;
      }
    }
    assertEquals(1, wellBehaved.status().rows().size());
    for (SocketChannel channel : channels) {
      channel.close();
    }
    while (service.server.connections() > 1) {
      Thread.sleep(5);
    }
  }
}
