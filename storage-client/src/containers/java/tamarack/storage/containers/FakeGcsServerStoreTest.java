package tamarack.storage.containers;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;
import tamarack.storage.config.Credential;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.gcs.GcsStore;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStoreContract;

/** The contract on fake-gcs-server. */
class FakeGcsServerStoreTest extends ObjectStoreContract {
  private static final int PORT = 4443;
  private static final AtomicInteger BUCKETS = new AtomicInteger();

  @Override
  protected ObjectStore newStore() throws Exception {
    GenericContainer<?> server = Containers.get("fake-gcs-server", () ->
        new GenericContainer<>(DockerImageName.parse("fsouza/fake-gcs-server:1.52.2"))
            .withCommand("-scheme", "http", "-backend", "memory").withExposedPorts(PORT));
    String endpoint = Containers.endpoint(server, PORT);
    String bucket = "bucket-" + BUCKETS.incrementAndGet();
    // Resumable uploads go on at the address that the server thinks it has.
    send("PUT", endpoint + "/_internal/config", "{\"externalUrl\": \"" + endpoint + "\"}");
    send("POST", endpoint + "/storage/v1/b", "{\"name\": \"" + bucket + "\"}");
    return new GcsStore(StoreDefinition.of("gcs", Map.of(
        "protocol", "gcs", "bucket", bucket, "endpoint", endpoint, "prefix", "some/prefix")), Credential.DEFAULT_CHAIN);
  }

  private static void send(String method, String uri, String body) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = client.send(HttpRequest.newBuilder(URI.create(uri))
          .header("Content-Type", "application/json").method(method, HttpRequest.BodyPublishers.ofString(body)).build(),
          HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= 300) {
        throw new IOException(method + " " + uri + ": " + answer.statusCode());
      }
    }
  }

  @Override
  protected int lengthOfSeveralParts() {
    return 9_000_000;
  }
}
