package tamarack.storage.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tamarack.storage.client.ObjectReader;
import tamarack.storage.client.StorageClient;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.StorageException;
import tamarack.storage.s3.S3Proxy;
import tamarack.storage.wire.Answer;

/** The service as a process, before S3: what it says, prints and stores holds no secret; it can be killed. */
@Timeout(120)
class SecretsTest {
  private static final String WRONG_SECRET = "wrong-secret-0815-4711";

  @TempDir
  private Path directory;

  private final List<String> said = new ArrayList<>();

  private Process start() throws IOException {
    return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx96m", "-cp", System.getProperty("java.class.path"),
        Main.class.getName(), "--socket", directory.resolve("socket").toString(),
        "--cache", directory.resolve("service").toString(), "--cache-size", "64M",
        "--configuration", directory.resolve("stores.conf").toString(),
        "--credentials", directory.resolve("credentials").toString(), "--system-identifier", "4711")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile())).start();
  }

  private StorageClient client() {
    return new StorageClient(directory.resolve("socket"), "test", Duration.ofSeconds(60), () -> false);
  }

  private void configure() throws Exception {
    TestService files = new TestService(directory);
    String s3 = "endpoint = http://127.0.0.1:" + S3Proxy.get().port();
    String bucket = "bucket = " + S3Proxy.get().newBucket();
    files.configure("[store lake]", "protocol = s3", bucket, s3, "path_style = on", "credentials = right",
        "[store denied]", "protocol = s3", bucket, s3, "path_style = on", "credentials = wrong",
        "[store nowhere]", "protocol = s3", "bucket = no-such-bucket", s3, "path_style = on", "credentials = right");
    files.credentials("[right]", "access_key_id = " + S3Proxy.IDENTITY, "secret_access_key = " + S3Proxy.SECRET,
        "[wrong]", "access_key_id = " + S3Proxy.IDENTITY, "secret_access_key = " + WRONG_SECRET);
  }

  private StorageException say(Runnable call) {
    StorageException failure = assertThrows(StorageException.class, call::run);
    said.add(failure.toString());
    return failure;
  }

  private void say(Answer.Rows rows) {
    said.add(rows.toString());
  }

  @Test
  void nothingThatIsSaidOrWrittenHoldsASecretAndAKillIsSurvived() throws Exception {
    configure();
    Process process = start();
    try (StorageClient client = client()) {
      ObjectInfo object = client.publish("lake", "k", new byte[100_000]).orElseThrow();
      assertEquals(FailureKind.ACCESS_DENIED, say(() -> client.publish("denied", "k", new byte[1])).kind());
      assertEquals(FailureKind.ACCESS_DENIED, say(() -> client.list("denied", "", "", 1)).kind());
      say(() -> client.publish("nowhere", "k", new byte[1]));
      Answer.Rows probe = client.probe("denied");
      assertTrue(probe.rows().getFirst().get(2).contains("credentials \"wrong\" may not list"), probe.toString());
      Answer.Rows missing = client.probe("nowhere");
      assertTrue(missing.rows().getFirst().get(2).contains("There is no bucket"), missing.toString());
      say(probe);
      say(missing);
      say(client.probe("lake"));
      assertEquals("ok", client.probe("lake").rows().getLast().get(1));
      say(client.status());
      say(client.queue());
      said.add(process.info().commandLine().orElse(""));
      said.add(Files.readString(Path.of("/proc/" + process.pid() + "/cmdline")));

      try (ObjectReader reader = client.reader("lake", object)) {
        reader.read(0, java.nio.ByteBuffer.allocate(10));
      }
      process.toHandle().destroyForcibly();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      process = start();
      try (ObjectReader reader = client.reader("lake", object)) {
        reader.read(99_000, java.nio.ByteBuffer.allocate(1000));
      }
      assertEquals("0", client.status().rows().get(1).get(4), "the block was not in the cache any more");
      process.toHandle().destroy();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertFalse(Files.exists(directory.resolve("socket")));
    } finally {
      process.toHandle().destroyForcibly();
    }
    Files.delete(directory.resolve("credentials"));
    assertNoSecrets();
  }

  private void assertNoSecrets() throws IOException {
    assertTrue(Files.readString(directory.resolve("log")).contains("ready"));
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        said.add(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    for (String text : said) {
      for (String secret : List.of(S3Proxy.SECRET, S3Proxy.IDENTITY, WRONG_SECRET)) {
        assertFalse(text.contains(secret), "a secret in: " + text.substring(0, Math.min(2000, text.length())));
      }
    }
  }

  @Test
  void wrongArgumentsAreExplained() throws Exception {
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Main.class.getName(), "--sokket", "x")
        .redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor());
    assertTrue(output.contains("--sokket") && output.contains("usage:"), output);
  }
}
