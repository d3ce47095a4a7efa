package tamarack.storage.service;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import tamarack.storage.cache.CacheOptions;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.StorageException;
import tamarack.storage.retry.RetryPolicy;

/** Runs the service until the process is told to end. Prints one line when it is ready. */
public final class Main {
  private static final String USAGE = """
      usage: --socket PATH --cache DIRECTORY --configuration FILE [options]
        --socket PATH              the Unix socket to serve
        --cache DIRECTORY          for cached blocks, staged files and journals
        --configuration FILE       defines the stores, in sections [store NAME]
        --credentials FILE         secrets, in sections [NAME]; its mode must be 0600
        --cache-size SIZE          such as 512M or 10G; default 1G
        --retention SECONDS        before deleted objects go; default 86400
        --system-identifier TEXT   who owns what this service writes; default "by hand"
        --timeline NUMBER          default 1
        --patience SECONDS         for clients that stop within a message; default 30
      """;

  private static final List<String> OPTIONS = List.of("--socket", "--cache", "--configuration", "--credentials",
      "--cache-size", "--retention", "--system-identifier", "--timeline", "--patience");

  private Main() {}

  /** See the usage. Exits with 2 when the arguments or the configuration are wrong. */
  public static void main(String[] arguments) throws InterruptedException {
    System.exit(run(arguments, System.out, System.err));
  }

  private static int run(String[] arguments, PrintStream out, PrintStream err) throws InterruptedException {
    try {
      Map<String, String> options = parse(arguments);
      CountDownLatch ended = new CountDownLatch(1);
      CountDownLatch closed = new CountDownLatch(1);
      try (StorageService service = new StorageService(serviceOptions(options), InstantSource.system());
          Server server = new Server(
              service, Path.of(required(options, "--socket")), seconds(options, "--patience", 30))) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
          ended.countDown();
          awaitQuietly(closed);
        }));
        out.println("ready: " + server.connections() + " connections at " + options.get("--socket"));
        ended.await();
      }
      closed.countDown();
      return 0;
    } catch (StorageException e) {
      err.println("storage service: " + e.getMessage());
      return 2;
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Map<String, String> parse(String[] arguments) {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
        throw wrong("what is \"" + arguments[i] + "\"?");
      }
      options.put(arguments[i], arguments[i + 1]);
    }
    return options;
  }

  private static ServiceOptions serviceOptions(Map<String, String> options) {
    String credentials = options.get("--credentials");
    return new ServiceOptions(Path.of(required(options, "--configuration")),
        credentials == null ? null : Path.of(credentials), Path.of(required(options, "--cache")).toAbsolutePath(),
        CacheOptions.ofSize(size(options.getOrDefault("--cache-size", "1G"))),
        seconds(options, "--retention", ServiceOptions.DEFAULT_RETENTION.toSeconds()), RetryPolicy.DEFAULT,
        new Identity(options.getOrDefault("--system-identifier", "by hand"), number(options, "--timeline", 1)));
  }

  private static String required(Map<String, String> options, String name) {
    String value = options.get(name);
    if (value == null) {
      throw wrong(name + " is missing");
    }
    return value;
  }

  private static Duration seconds(Map<String, String> options, String name, long preset) {
    return Duration.ofSeconds(number(options, name, preset));
  }

  private static long number(Map<String, String> options, String name, long preset) {
    String value = options.getOrDefault(name, Long.toString(preset));
    if (!value.matches("[0-9]{1,10}")) {
      throw wrong(name + " must be a number");
    }
    return Long.parseLong(value);
  }

  private static long size(String value) {
    if (!value.matches("[0-9]{1,9}[kMGT]?")) {
      throw wrong("--cache-size must be a number with k, M, G or T");
    }
    int shift = switch (value.charAt(value.length() - 1)) {
      case 'k' -> 10;
      case 'M' -> 20;
      case 'G' -> 30;
      case 'T' -> 40;
      default -> 0;
    };
    return Long.parseLong(value.replaceAll("[kMGT]", "")) << shift;
  }

  private static PermanentException wrong(String why) {
    return new PermanentException(FailureKind.CONFIGURATION, why + "\n" + USAGE);
  }
}
