package tamarack.storage.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tamarack.storage.client.ObjectReader;
import tamarack.storage.client.StagedFile;
import tamarack.storage.client.StorageClient;
import tamarack.storage.local.DirectoryStore;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;

/** Client and service over the socket, with a store in a local directory. */
@Timeout(60)
class ServiceTest {
  @TempDir
  private Path directory;

  private TestService service;
  private ObjectStore lake;
  private StorageClient client;

  @BeforeEach
  void start() throws IOException {
    service = new TestService(directory).start();
    lake = new DirectoryStore(directory.resolve("lake/p"));
    client = service.client();
  }

  @AfterEach
  void stop() throws Exception {
    service.close();
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private ObjectInfo put(String key, int length) {
    return lake.put(key, ObjectBody.of(bytes(length)), WriteCondition.NONE).written();
  }

  private static byte[] read(StorageClient client, ObjectInfo object, int offset, int length) {
    try (ObjectReader reader = client.reader("lake", object)) {
      ByteBuffer target = ByteBuffer.allocate(length);
      reader.read(offset, target);
      return target.array();
    }
  }

  private byte[] stored(String key) throws IOException {
    ObjectInfo object = lake.head(key).orElseThrow();
    try (InputStream in = lake.open(object, 0, object.length())) {
      return in.readAllBytes();
    }
  }

  private StagedFile stage(String transaction, String key, int length) throws IOException {
    StagedFile file = client.stage(transaction, "lake", key);
    Files.write(file.path(), bytes(length));
    return file;
  }

  private static FailureKind failure(Runnable call) {
    return assertThrows(StorageException.class, call::run).kind();
  }

  @Test
  void objectsAreReadThroughTheCache() {
    put("k", 50_000);
    ObjectInfo object = client.open("lake", "k").orElseThrow();
    assertArrayEquals(bytes(50_000), read(client, object, 0, 50_000));
    assertEquals(50_000, object.length());
    lake.delete(List.of("k"));
    assertEquals(Optional.of(object), client.open("lake", "k"));
    assertArrayEquals(bytes(50_000), read(client, object, 0, 50_000));
    assertEquals(Optional.empty(), client.head("lake", "k"));
    assertEquals(Optional.empty(), client.open("lake", "k"));
    List<String> row = client.cacheStatistics().rows().get(1);
    assertEquals(List.of("lake", "13", "13", "50000"), row.subList(0, 4));
  }

  @Test
  void aReaderTakesNoRoundTripWithinABlock() {
    ObjectInfo object = put("k", 2 * TestService.BLOCK);
    try (ObjectReader reader = client.reader("lake", object)) {
      reader.read(10, ByteBuffer.allocate(20));
      service.stop();
      ByteBuffer target = ByteBuffer.allocate(1000);
      reader.read(5000, target);
      assertEquals(ByteBuffer.wrap(bytes(2 * TestService.BLOCK), 5000, 1000), target.flip());
      assertEquals(1020, reader.bytesFromFiles());
      assertEquals(0, reader.bytesFromService());
      assertEquals(2 * TestService.BLOCK, reader.bytesFetched());
      assertEquals(1, reader.requests());
    }
  }

  @Test
  void withoutADiskBytesComeOverTheSocket() throws IOException {
    ObjectInfo object = put("k", 20_000);
    Path partial = directory.resolve("service/cache/partial");
    Files.delete(partial);
    Files.writeString(partial, "in the way");
    assertArrayEquals(bytes(20_000), read(client, object, 0, 20_000));
    assertEquals("0", client.cacheStatistics().rows().getFirst().get(5));
  }

  @Test
  void sixteenClientsReadOneColdFileOnce() throws Exception {
    ObjectInfo object = put("cold", 200_000);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        StorageClient each = service.client();
        reads.add(threads.submit(() -> read(each, object, 0, 200_000)));
      }
      for (Future<byte[]> read : reads) {
        assertArrayEquals(bytes(200_000), read.get());
      }
    }
    assertEquals("200000", client.cacheStatistics().rows().get(1).get(3));
  }

  @Test
  void aCommittedTransactionsObjectsAreThere() throws IOException {
    for (int i = 0; i < 5; i++) {
      client.upload(stage("tx", "data/" + i, 10_000 + i));
    }
    List<ObjectInfo> objects = client.prepare("tx");
    assertEquals(5, objects.size());
    assertEquals(List.of("tx", "prepared", "lake", "data/0"), client.pending().rows().getFirst());
    client.commit("tx");
    client.commit("tx");
    client.abort("tx");
    assertEquals(List.of(), client.pending().rows());
    service.clock.move(Duration.ofDays(10));
    assertEquals(0, service.service.deleteDue());
    for (int i = 0; i < 5; i++) {
      assertArrayEquals(bytes(10_000 + i), stored("data/" + i));
    }
    assertArrayEquals(bytes(10_003), read(client, objects.get(3), 0, 10_003));
  }

  @Test
  void anAbortedTransactionsObjectsGo() throws IOException {
    client.upload(stage("tx", "data/1", 1000));
    client.upload(stage("tx", "data/2", 1000));
    stage("tx", "data/3", 1000);
    assertEquals(FailureKind.INVALID, failure(() -> client.prepare("tx")));
    client.abort("tx");
    client.abort("tx");
    service.service.deleteDue();
    service.clock.move(Duration.ofHours(2));
    service.service.deleteDue();
    assertEquals(List.of("tamarack-owner"), keys());
    assertEquals(List.of(), client.queue().rows());
    try (var files = Files.list(directory.resolve("service/staging"))) {
      assertEquals(List.of("journal"), files.map(file -> file.getFileName().toString()).toList());
    }
  }

  private List<String> keys() {
    return lake.list("", "", 1000).objects().stream().map(object -> object.key()).toList();
  }

  @Test
  void anAbortLeavesAnothersObjectAlone() throws IOException {
    put("taken", 500);
    client.upload(stage("tx", "taken", 1000));
    assertEquals(FailureKind.CONFLICT, failure(() -> client.prepare("tx")));
    client.abort("tx");
    service.service.deleteDue();
    service.clock.move(Duration.ofHours(2));
    service.service.deleteDue();
    assertArrayEquals(bytes(500), stored("taken"));
  }

  @Test
  void aRestartEndsWhatCannotHaveCommittedAndKeepsTheRest() throws IOException {
    client.upload(stage("open", "data/open", 1000));
    client.upload(stage("prepared", "data/prepared", 1000));
    client.upload(stage("aborted later", "data/aborted", 1000));
    client.prepare("prepared");
    client.prepare("aborted later");
    while (!keys().contains("data/open")) {
      Thread.onSpinWait();
    }
    service.stop();
    service.start();
    assertEquals(FailureKind.CONFLICT, failure(() -> client.prepare("open")));
    assertEquals(FailureKind.CONFLICT, failure(() -> client.stage("open", "lake", "data/more")));
    client.abort("open");
    client.commit("prepared");
    client.abort("aborted later");
    service.service.deleteDue();
    service.clock.move(Duration.ofDays(2));
    service.service.deleteDue();
    assertEquals(List.of("data/prepared", "tamarack-owner"), keys());
    service.stop();
    service.start();
    assertEquals(List.of(), client.pending().rows());
  }

  @Test
  void whatIsPublishedIsCreatedOnce() throws IOException {
    assertTrue(client.publish("lake", "metadata/1.json", bytes(100)).isPresent());
    assertEquals(Optional.empty(), client.publish("lake", "metadata/1.json", bytes(200)));
    assertArrayEquals(bytes(100), stored("metadata/1.json"));
    byte[] large = bytes(900_000);
    client.publish("lake", "metadata/large", large);
    assertArrayEquals(large, stored("metadata/large"));
  }

  @Test
  void deletesWaitForTheRetentionAndSurviveARestart() {
    put("a", 1);
    put("b", 1);
    client.delete("lake", List.of("a", "b", "never there"));
    assertEquals(0, service.service.deleteDue());
    assertEquals(3, client.queue().rows().size());
    service.stop();
    service.start();
    service.clock.move(Duration.ofHours(23));
    assertEquals(0, service.service.deleteDue());
    service.clock.move(Duration.ofHours(2));
    assertEquals(3, service.service.deleteDue());
    assertEquals(List.of("tamarack-owner"), keys());
    service.stop();
    service.start();
    assertEquals(List.of(), client.queue().rows());
    assertEquals(FailureKind.INVALID, failure(() -> client.delete("lake", List.of("tamarack-owner"))));
  }

  @Test
  void failedDeletesAreTriedAgain() throws IOException {
    put("dir/a", 1);
    client.delete("lake", List.of("dir/a"));
    service.clock.move(Duration.ofDays(2));
    service.service.deleteDue();
    Path lakePath = directory.resolve("lake/p");
    assertFalse(Files.exists(lakePath.resolve("d.dir")));
    put("dir2/a", 1);
    client.delete("lake", List.of("dir2/a"));
    service.clock.move(Duration.ofDays(2));
    // A directory with something in it stands where the object's file should be: it cannot be deleted.
    Path file = lakePath.resolve("d.dir2/o.a");
    Files.delete(file);
    Files.createDirectories(file.resolve("x"));
    assertEquals(0, service.service.deleteDue());
    List<String> row = client.queue().rows().getFirst();
    assertEquals("1", row.get(4));
    assertFalse(row.get(5).isEmpty());
    assertEquals(0, service.service.deleteDue());
    Files.delete(file.resolve("x"));
    service.clock.move(Duration.ofSeconds(30));
    assertEquals(1, service.service.deleteDue());
  }

  @Test
  void aSecondSystemReadsAndDoesNotWriteUntilItTakesOver() throws Exception {
    client.publish("lake", "mine", bytes(10));
    Path other = Files.createDirectory(directory.resolve("other"));
    try (TestService clone = new TestService(other).identity("system-1", 2)) {
      clone.configure("[store lake]", "protocol = directory", "bucket = " + directory.resolve("lake"), "prefix = p");
      clone.start();
      StorageClient second = clone.client();
      ObjectInfo object = second.open("lake", "mine").orElseThrow();
      assertArrayEquals(bytes(10), read(second, object, 0, 10));
      assertEquals(FailureKind.NOT_OWNER, failure(() -> second.publish("lake", "theirs", bytes(10))));
      StagedFile staged = second.stage("tx", "lake", "theirs");
      second.upload(staged);
      assertEquals(FailureKind.NOT_OWNER, failure(() -> second.prepare("tx")));
      second.abort("tx");
      second.delete("lake", List.of("mine"));
      clone.clock.move(Duration.ofDays(2));
      assertEquals(0, clone.service.deleteDue());
      assertTrue(second.queue().rows().getLast().get(5).contains("system system-1, timeline 1"));
      assertEquals(List.of("mine", "tamarack-owner"), keys());
      second.takeOver("lake");
      assertTrue(second.publish("lake", "theirs", bytes(10)).isPresent());
      service.clock.move(Duration.ofMinutes(1));
      assertEquals(FailureKind.NOT_OWNER, failure(() -> client.publish("lake", "again", bytes(10))));
      client.takeOver("lake");
      assertTrue(client.publish("lake", "again", bytes(10)).isPresent());
    }
  }

  @Test
  void objectsAreListed() {
    for (int i = 0; i < 7; i++) {
      put("list/" + i, i);
    }
    var page = client.list("lake", "list/", "", 5);
    assertEquals(5, page.objects().size());
    assertEquals("list/6", client.list("lake", "list/", page.next(), 5).objects().getLast().key());
    assertEquals(FailureKind.INVALID, failure(() -> client.list("lake", "", "", 100_000)));
  }

  @Test
  void theProbeSaysWhatIsThere() throws IOException {
    List<List<String>> rows = client.probe("lake").rows();
    assertEquals(List.of("reach", "write", "read", "list", "conditional write", "delete", "owner"),
        rows.stream().map(List::getFirst).toList());
    assertTrue(rows.stream().allMatch(row -> row.get(1).equals("ok")), rows.toString());
    assertEquals(List.of(), keys());
    assertEquals(FailureKind.CONFIGURATION, failure(() -> client.probe("nowhere")));
  }

  @Test
  void theConfigurationIsReadAgainOnDemand() throws IOException {
    assertEquals(FailureKind.CONFIGURATION, failure(() -> client.head("second", "k")));
    service.configure("[store lake]", "protocol = directory", "bucket = " + directory.resolve("lake"), "prefix = p",
        "[store second]", "protocol = memory");
    client.reload();
    assertEquals(Optional.empty(), client.head("second", "k"));
    service.configure("[store lake]", "protocol = directry");
    assertEquals(FailureKind.CONFIGURATION, failure(client::reload));
    assertEquals(Optional.empty(), client.head("second", "k"));
    assertEquals(List.of("lake", "second"), client.status().rows().stream().map(List::getFirst).toList());
  }

  @Test
  void aWaitingRequestCanBeCanceled() throws IOException {
    service.configure("[store lake]", "protocol = s3", "bucket = b", "endpoint = http://127.0.0.1:1", "timeout = 1",
        "region = us-east-1", "credentials = c");
    AtomicBoolean canceled = new AtomicBoolean();
    StorageClient waiting = service.client(canceled::get);
    // A listener that never answers stands for a stalled network.
    try (java.net.ServerSocket silent = new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
      service.stop();
      service.configure("[store lake]", "protocol = s3", "bucket = b", "path_style = on", "timeout = 3600",
          "endpoint = http://127.0.0.1:" + silent.getLocalPort(), "region = us-east-1", "credentials = c");
      service.credentials("[c]", "access_key_id = a", "secret_access_key = b");
      service.start();
      Thread network = Thread.ofVirtual().start(() -> {
        try (java.net.Socket accepted = silent.accept()) {
          accepted.getInputStream().read();
          canceled.set(true);
          accepted.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
          canceled.set(true);
        }
      });
      assertEquals(FailureKind.CANCELED, failure(() -> waiting.head("lake", "k")));
      canceled.set(false);
      assertEquals(1, waiting.status().rows().size());
      // The service has let go of the network, too, long before the store's timeout.
      join(network);
    }
  }

  @Test
  void clientsConnectAgainAfterARestart() {
    ObjectInfo object = put("k", 100);
    assertArrayEquals(bytes(100), read(client, object, 0, 100));
    service.stop();
    Thread restart = Thread.ofVirtual().start(service::start);
    assertArrayEquals(bytes(100), read(client, object, 0, 100));
    join(restart);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void filesAndSocketAreTheOwnersAlone() throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(service.socket)));
    for (String name : List.of("service", "service/cache", "service/staging")) {
      assertEquals("rwx------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))));
    }
    StagedFile staged = client.stage("tx", "lake", "k");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(staged.path())));
  }
}
