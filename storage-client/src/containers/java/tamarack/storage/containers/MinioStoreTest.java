package tamarack.storage.containers;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;
import tamarack.storage.config.Credential;
import tamarack.storage.config.Secret;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStoreContract;
import tamarack.storage.s3.S3Store;

/** The contract on MinIO. */
class MinioStoreTest extends ObjectStoreContract {
  private static final int PORT = 9000;
  private static final AtomicInteger BUCKETS = new AtomicInteger();

  @Override
  protected ObjectStore newStore() throws Exception {
    GenericContainer<?> minio = Containers.get("MinIO", () ->
        new GenericContainer<>(DockerImageName.parse("minio/minio:RELEASE.2025-09-07T16-13-09Z"))
            .withEnv("MINIO_ROOT_USER", "tamarack").withEnv("MINIO_ROOT_PASSWORD", "tamarack-secret")
            .withCommand("server", "/data").withExposedPorts(PORT));
    String bucket = "bucket-" + BUCKETS.incrementAndGet();
    minio.execInContainer("mkdir", "-p", "/data/" + bucket);
    Credential credential = new Credential("minio", Map.of(
        "access_key_id", new Secret("tamarack"), "secret_access_key", new Secret("tamarack-secret")));
    return new S3Store(StoreDefinition.of("minio", Map.of("protocol", "s3", "bucket", bucket, "path_style", "on",
        "prefix", "some/prefix", "endpoint", Containers.endpoint(minio, PORT))), credential);
  }

  @Override
  protected boolean keysMayNest() {
    return false;
  }

  @Override
  protected int lengthOfSeveralParts() {
    return 17_000_000;
  }
}
