package tamarack.storage.gcs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tamarack.storage.config.Credential;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStoreContract;
import tamarack.storage.object.StorageException;

/** Against a fake of the JSON interface alone: no emulator of Google's store is to be had. */
class GcsStoreTest extends ObjectStoreContract {
  private FakeGcs fake;

  @Override
  protected ObjectStore newStore() throws Exception {
    fake = new FakeGcs();
    fake.createBucket("lake");
    return store("lake");
  }

  private ObjectStore store(String bucket) {
    return new GcsStore(StoreDefinition.of("gcs test", Map.of(
        "protocol", "gcs", "bucket", bucket, "endpoint", fake.endpoint(), "prefix", "some/prefix")),
        Credential.DEFAULT_CHAIN);
  }

  @AfterEach
  void stop() {
    fake.close();
  }

  @Override
  protected int lengthOfSeveralParts() {
    return 2 * GcsUpload.PIECE + 12_345;
  }

  @Test
  void aMissingBucketIsReported() {
    try (ObjectStore store = store("no-such-bucket")) {
      StorageException failure = assertThrows(StorageException.class, () -> store.list("", "", 10));
      assertEquals(FailureKind.NOT_FOUND, failure.kind());
    }
  }
}
