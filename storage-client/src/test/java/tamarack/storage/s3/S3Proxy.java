package tamarack.storage.s3;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tamarack.storage.config.Credential;
import tamarack.storage.config.Secret;

/** An S3 on this machine, one process for all tests of the JVM; every test has a bucket of its own. */
public final class S3Proxy {
  public static final String IDENTITY = "tamarack-test-id";
  public static final String SECRET = "tamarack-test-secret-4711";

  private static S3Proxy running;

  private final Path root;
  private final int port;
  private int buckets;

  private S3Proxy(Path root, int port) {
    this.root = root;
    this.port = port;
  }

  /** The one that runs, started if need be. */
  public static synchronized S3Proxy get() throws Exception {
    if (running == null) {
      running = start();
    }
    return running;
  }

  private static S3Proxy start() throws Exception {
    Path directory = Files.createTempDirectory("s3proxy");
    Path root = Files.createDirectory(directory.resolve("root"));
    int port = freePort();
    Path settings = Files.write(directory.resolve("s3proxy.conf"), List.of(
        "s3proxy.endpoint=http://127.0.0.1:" + port, "s3proxy.authorization=aws-v2-or-v4",
        "s3proxy.identity=" + IDENTITY, "s3proxy.credential=" + SECRET,
        "jclouds.provider=filesystem-nio2", "jclouds.filesystem.basedir=" + root,
        "jclouds.identity=x", "jclouds.credential=x"));
    Path jar = Path.of(System.getProperty("tamarack.s3proxy"));
    Process process = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx192m", "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1", "-jar", jar.toString(), "--properties", settings.toString())
        .redirectErrorStream(true).redirectOutput(new File(directory.resolve("log").toString())).start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      process.destroyForcibly();
      deleteTree(directory.toFile());
    }));
    while (!answers(port)) {
      if (!process.isAlive()) {
        throw new IllegalStateException("s3proxy ended: " + Files.readString(directory.resolve("log")));
      }
      Thread.sleep(20);
    }
    return new S3Proxy(root, port);
  }

  private static void deleteTree(File file) {
    File[] children = file.listFiles();
    for (File child : children == null ? new File[0] : children) {
      deleteTree(child);
    }
    file.delete();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** A new bucket. */
  public synchronized String newBucket() throws IOException {
    String bucket = "bucket-" + ++buckets;
    Files.createDirectory(root.resolve(bucket));
    return bucket;
  }

  public int port() {
    return port;
  }

  /** Options of a store in a bucket. */
  public static Map<String, String> options(int port, String bucket) {
    return Map.of("protocol", "s3", "bucket", bucket, "endpoint", "http://127.0.0.1:" + port, "path_style", "on",
        "region", "us-east-1", "credentials", "test", "prefix", "some/prefix");
  }

  public static Credential credential() {
    return new Credential(
        "test", Map.of("access_key_id", new Secret(IDENTITY), "secret_access_key", new Secret(SECRET)));
  }
}
