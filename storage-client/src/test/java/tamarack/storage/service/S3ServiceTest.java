package tamarack.storage.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tamarack.storage.client.ObjectReader;
import tamarack.storage.client.StagedFile;
import tamarack.storage.client.StorageClient;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.StorageException;
import tamarack.storage.retry.FaultProxy;
import tamarack.storage.retry.FaultProxy.Fault;
import tamarack.storage.s3.S3Proxy;

/** The service before S3, over a network that tests can break and whose requests they can count. */
@Timeout(120)
class S3ServiceTest {
  @TempDir
  private Path directory;

  private FaultProxy proxy;
  private TestService service;
  private StorageClient client;

  @BeforeEach
  void start() throws Exception {
    proxy = new FaultProxy(S3Proxy.get().port());
    service = new TestService(directory)
        .block(1 << 18)
        .configure("[store lake]", "protocol = s3", "bucket = " + S3Proxy.get().newBucket(), "path_style = on",
            "endpoint = http://127.0.0.1:" + proxy.port(), "credentials = c", "timeout = 60")
        .credentials("[c]", "access_key_id = " + S3Proxy.IDENTITY, "secret_access_key = " + S3Proxy.SECRET)
        .start();
    client = service.client();
  }

  @AfterEach
  void stop() throws Exception {
    service.close();
    proxy.close();
  }

  private static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private void commit(String transaction, Map<String, byte[]> objects) throws IOException {
    for (Map.Entry<String, byte[]> object : objects.entrySet()) {
      StagedFile file = client.stage(transaction, "lake", object.getKey());
      Files.write(file.path(), object.getValue());
      client.upload(file);
    }
    client.prepare(transaction);
    client.commit(transaction);
  }

  private byte[] read(String key) {
    ObjectInfo object = client.open("lake", key).orElseThrow();
    ByteBuffer target = ByteBuffer.allocate((int) object.length());
    try (ObjectReader reader = client.reader("lake", object)) {
      reader.read(0, target);
    }
    return target.array();
  }

  @Test
  void aSmallCommitTakesAtMostThreeRequests() throws IOException {
    commit("first", Map.of("data/0", bytes(10, 0)));
    for (int i = 1; i <= 3; i++) {
      // After a pause the owner is looked at again: the most expensive case.
      service.clock.move(Duration.ofHours(1));
      int before = proxy.requests();
      commit("tx" + i, Map.of("data/" + i, bytes(100, i)));
      assertTrue(client.publish("lake", "metadata/" + i, bytes(100, i)).isPresent());
      assertEquals(3, proxy.requests() - before);
    }
    int before = proxy.requests();
    commit("soon", Map.of("data/soon", bytes(100, 9)));
    assertTrue(client.publish("lake", "metadata/soon", bytes(100, 9)).isPresent());
    assertEquals(2, proxy.requests() - before);
  }

  @Test
  void newCredentialsAreUsedAfterAReload() throws IOException {
    service.credentials("[c]", "access_key_id = " + S3Proxy.IDENTITY, "secret_access_key = no longer right");
    client.reload();
    assertEquals(FailureKind.ACCESS_DENIED,
        assertThrows(StorageException.class, () -> client.list("lake", "", "", 1)).kind());
    service.credentials("[c]", "access_key_id = " + S3Proxy.IDENTITY, "secret_access_key = " + S3Proxy.SECRET);
    client.reload();
    assertEquals(0, client.list("lake", "", "", 1).objects().size());
  }

  @Test
  void largeObjectsGoInPartsAndComeInBlocks() throws IOException {
    byte[] large = bytes(20_000_000, 3);
    commit("tx", Map.of("large", large));
    assertArrayEquals(large, read("large"));
  }

  @Test
  void transactionsOverAFailingNetworkAreWholeOrNothing() throws IOException {
    Random random = new Random(11);
    Fault[] faults = {Fault.BUSY, Fault.LATENCY, Fault.RESET_BEFORE, Fault.RESET_DURING_REQUEST,
        Fault.RESET_DURING_ANSWER, Fault.LOST_ANSWER};
    proxy.otherwise(() -> random.nextInt(3) == 0 ? faults[random.nextInt(faults.length)] : Fault.NONE);
    Map<String, byte[]> committed = new HashMap<>();
    int failed = 0;
    for (int i = 0; i < 40; i++) {
      Map<String, byte[]> objects = new HashMap<>();
      for (int file = 0; file <= i % 4; file++) {
        objects.put("data/" + i + "/" + file, bytes(3_000 * (file + 1), i));
      }
      try {
        commit("tx" + i, objects);
        committed.putAll(objects);
      } catch (StorageException e) {
        client.abort("tx" + i);
        failed++;
      }
    }
    assertTrue(committed.size() > 20 && failed < 40, committed.size() + " committed, " + failed + " failed");
    for (Map.Entry<String, byte[]> object : committed.entrySet()) {
      assertArrayEquals(object.getValue(), readTrying(object.getKey()));
    }
    proxy.otherwise(() -> Fault.NONE);
    service.clock.move(Duration.ofDays(100));
    service.service.deleteDue();
    service.clock.move(Duration.ofDays(100));
    service.service.deleteDue();
    assertEquals(List.of(), client.queue().rows());
    assertEquals(committed.size(), client.list("lake", "data/", "", 1000).objects().size());
  }

  /** As a query would that is run again after a failure. */
  private byte[] readTrying(String key) {
    for (int i = 0;; i++) {
      try {
        return read(key);
      } catch (StorageException e) {
        if (!e.kind().retryable() || i == 20) {
          throw e;
        }
      }
    }
  }
}
