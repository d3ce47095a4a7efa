package tamarack.storage.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tamarack.storage.client.StagedFile;
import tamarack.storage.client.StorageClient;
import tamarack.storage.local.DirectoryStore;
import tamarack.storage.object.ListPage;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.StorageException;

/**
 * The service is killed while transactions write. Whatever step it was at, afterwards exactly the objects of those
 * transactions are there whose Prepare was answered and that were then committed.
 */
@Timeout(120)
class KilledServiceTest {
  private static final int ROUNDS = 4;

  @TempDir
  private Path directory;

  /** How a transaction of the client ended. */
  private enum End {
    /** The client may have committed: it says commit until it gets an answer. */
    COMMITTED,
    /** It got a failure or changed its mind: it says abort. */
    ABORTED
  }

  private Process start() throws IOException {
    return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx96m", "-cp", System.getProperty("java.class.path"),
        Main.class.getName(), "--socket", directory.resolve("socket").toString(),
        "--cache", directory.resolve("service").toString(), "--system-identifier", "system-1",
        "--configuration", directory.resolve("stores.conf").toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile())).start();
  }

  private static Set<String> write(StorageClient client, String transaction, Random random, AtomicInteger steps)
      throws IOException {
    Set<String> keys = new HashSet<>();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      String key = "data/" + transaction + "/" + i;
      StagedFile file = client.stage(transaction, "lake", key);
      Files.write(file.path(), new byte[random.nextInt(20_000)]);
      client.upload(file);
      keys.add(key);
      steps.incrementAndGet();
    }
    client.prepare(transaction);
    steps.incrementAndGet();
    return keys;
  }

  private static End run(
      StorageClient client, String transaction, Random random, AtomicInteger steps, Set<String> committed) {
    End end;
    try {
      Set<String> keys = write(client, transaction, random, steps);
      end = random.nextInt(3) == 0 ? End.ABORTED : End.COMMITTED;
      if (end == End.COMMITTED) {
        committed.addAll(keys);
      }
    } catch (StorageException | IOException e) {
      end = End.ABORTED;
    }
    // The client's own decision is made: it is told until the service has heard it.
    if (end == End.COMMITTED) {
      client.commit(transaction);
    } else {
      client.abort(transaction);
    }
    steps.incrementAndGet();
    return end;
  }

  /** Kills the service after some steps of the client, and starts it again, as its supervisor would. */
  private Process killAndRestart(Process victim, int killAt, AtomicInteger steps) {
    try {
      while (steps.get() < killAt) {
        Thread.sleep(1);
      }
      victim.toHandle().destroyForcibly();
      victim.waitFor();
      return start();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aKillAtAnyStepLosesAndLeavesNothing() throws Exception {
    TestService files = new TestService(directory);
    Set<String> committed = new TreeSet<>();
    AtomicInteger steps = new AtomicInteger();
    Random random = new Random(1);
    int aborted = 0;
    Process process = start();
    try (StorageClient client =
        new StorageClient(directory.resolve("socket"), "test", Duration.ofSeconds(60), () -> false)) {
      client.status();
      for (int round = 0; round < ROUNDS; round++) {
        Process victim = process;
        int killAt = steps.get() + 5 + random.nextInt(60);
        CompletableFuture<Process> next =
            CompletableFuture.supplyAsync(() -> killAndRestart(victim, killAt, steps));
        for (int i = 0; !next.isDone(); i++) {
          aborted += run(client, round + "-" + i, random, steps, committed) == End.ABORTED ? 1 : 0;
        }
        process = next.get();
      }
      assertEquals(List.of(), client.pending().rows());
    } finally {
      process.toHandle().destroy();
      process.waitFor();
    }
    assertTrue(aborted > 0 && !committed.isEmpty());
    // The rest of the deletes, later ones included, by a service whose clock can be moved.
    files.start();
    files.clock.move(Duration.ofDays(36_500));
    files.service.deleteDue();
    files.close();
    ObjectStore lake = new DirectoryStore(directory.resolve("lake/p"));
    Set<String> left = new TreeSet<>();
    for (String page = null; page == null || !page.isEmpty();) {
      ListPage listed = lake.list("data/", page == null ? "" : page, 1000);
      listed.objects().forEach(object -> left.add(object.key()));
      page = listed.next();
    }
    assertEquals(committed, left);
  }
}
