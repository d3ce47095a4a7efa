package tamarack.storage.containers;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

/** Emulators in containers, each started once for all tests of the JVM, and removed with it. */
final class Containers {
  private static final Map<String, GenericContainer<?>> RUNNING = new HashMap<>();

  private Containers() {}

  /** The container of a name, started if need be; skips the test where there is no Docker engine. */
  static synchronized GenericContainer<?> get(String name, Supplier<GenericContainer<?>> factory) {
    Assumptions.assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(), name + " is not tested: there is no Docker engine");
    return RUNNING.computeIfAbsent(name, key -> {
      GenericContainer<?> container = factory.get();
      container.start();
      return container;
    });
  }

  /** Where a container's port can be reached. */
  static String endpoint(GenericContainer<?> container, int port) {
    return "http://" + container.getHost() + ":" + container.getMappedPort(port);
  }
}
