package tamarack.storage.azure;

import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import tamarack.storage.config.Credential;
import tamarack.storage.config.Secret;

/** Azure's emulator on this machine, one process for all tests of the JVM. Fetched by npm; without npm, tests skip. */
public final class Azurite {
  private static final String VERSION = "3.35.0";
  private static final String ACCOUNT = "devstoreaccount1";

  /** The emulator's well-known key, the same in every installation. */
  private static final String KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private static Azurite running;

  private final int port;
  private int containers;

  private Azurite(int port) {
    this.port = port;
  }

  /** The one that runs, started if need be; skips the test when there cannot be one. */
  public static synchronized Azurite get() throws Exception {
    if (running == null) {
      running = start(program());
    }
    return running;
  }

  private static Path program() throws Exception {
    Path directory = Path.of(System.getProperty("tamarack.azurite"));
    Path program = directory.resolve("node_modules/.bin/azurite-blob");
    if (!Files.isExecutable(program)) {
      Assumptions.assumeTrue(
          isOnPath("npm") && isOnPath("node"), "Azure is not tested: there is no npm to fetch azurite");
      Files.createDirectories(directory);
      Process install = new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", "--prefix",
          directory.toString(), "azurite@" + VERSION).redirectErrorStream(true)
          .redirectOutput(new File(directory + ".log")).start();
      boolean installed = install.waitFor(2, TimeUnit.MINUTES) && install.exitValue() == 0;
      install.destroyForcibly();
      Assumptions.assumeTrue(installed, "Azure is not tested: npm cannot fetch azurite, see " + directory + ".log");
    }
    return program;
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private static Azurite start(Path program) throws Exception {
    Path directory = Files.createTempDirectory("azurite");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Process process = new ProcessBuilder(program.toString(), "--skipApiVersionCheck", "--disableTelemetry",
        "--silent", "--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort", Integer.toString(port))
        .directory(directory.toFile()).redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    while (!answers(port)) {
      if (!process.isAlive()) {
        throw new IllegalStateException("azurite ended: " + Files.readString(directory.resolve("log")));
      }
      Thread.sleep(20);
    }
    return new Azurite(port);
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** A new container. */
  public synchronized String newContainer() {
    String name = "container-" + ++containers;
    new BlobServiceClientBuilder().endpoint("http://127.0.0.1:" + port + "/" + ACCOUNT)
        .credential(new StorageSharedKeyCredential(ACCOUNT, KEY)).buildClient().createBlobContainer(name);
    return name;
  }

  /** Options of a store in a container. */
  public Map<String, String> options(String container) {
    return Map.of("protocol", "azure", "bucket", container, "account", ACCOUNT, "credentials", "azure",
        "endpoint", "http://127.0.0.1:" + port + "/" + ACCOUNT, "prefix", "some/prefix");
  }

  public static Credential credential() {
    return new Credential("azure", Map.of("account_key", new Secret(KEY)));
  }

  public static List<String> secrets() {
    return List.of(KEY);
  }
}
