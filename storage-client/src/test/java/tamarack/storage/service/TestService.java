package tamarack.storage.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import tamarack.storage.cache.BlockGeometry;
import tamarack.storage.cache.CacheOptions;
import tamarack.storage.client.StorageClient;
import tamarack.storage.retry.RetryPolicy;

/** A service in this JVM on a socket in a test's directory, with a clock that tests move. */
final class TestService implements AutoCloseable {
  static final int BLOCK = 4096;
  private static final RetryPolicy POLICY = new RetryPolicy(4, Duration.ofMillis(1), Duration.ofMillis(4));

  /** A clock that stands until it is moved. */
  static final class TestClock implements InstantSource {
    private volatile Instant now = Instant.parse("2026-11-20T12:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    void move(Duration time) {
      now = now.plus(time);
    }
  }

  final Path directory;
  final Path socket;
  final TestClock clock = new TestClock();
  private final List<AutoCloseable> clients = new ArrayList<>();
  private Identity identity = new Identity("system-1", 1);
  private Duration patience = Duration.ofSeconds(30);
  private int block = BLOCK;
  private Path credentials;
  StorageService service;
  Server server;

  /** Not started yet; the configuration has a store "lake" in a local directory. */
  TestService(Path directory) throws IOException {
    this.directory = directory;
    this.socket = directory.resolve("socket");
    configure("[store lake]", "protocol = directory", "bucket = " + directory.resolve("lake"), "prefix = p");
  }

  TestService identity(String system, long timeline) {
    identity = new Identity(system, timeline);
    return this;
  }

  TestService patience(Duration time) {
    patience = time;
    return this;
  }

  TestService block(int size) {
    block = size;
    return this;
  }

  TestService configure(String... lines) throws IOException {
    Files.write(directory.resolve("stores.conf"), List.of(lines));
    return this;
  }

  TestService credentials(String... lines) throws IOException {
    credentials = directory.resolve("credentials");
    Files.deleteIfExists(credentials);
    Files.createFile(credentials, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(credentials, List.of(lines));
    return this;
  }

  TestService start() {
    CacheOptions cache = new CacheOptions(100L * block, new BlockGeometry(block, 2 * block), 8, 0);
    service = new StorageService(new ServiceOptions(directory.resolve("stores.conf"), credentials,
        directory.resolve("service"), cache, Duration.ofDays(1), POLICY, identity), clock);
    server = new Server(service, socket, patience);
    return this;
  }

  void stop() {
    if (server != null) {
      server.close();
      service.close();
      server = null;
    }
  }

  StorageClient client() {
    return client(() -> false);
  }

  StorageClient client(BooleanSupplier canceled) {
    StorageClient client = new StorageClient(socket, "test", Duration.ofSeconds(20), canceled);
    clients.add(client);
    return client;
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable client : clients) {
      client.close();
    }
    stop();
  }
}
