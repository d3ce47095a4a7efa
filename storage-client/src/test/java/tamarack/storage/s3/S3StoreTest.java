package tamarack.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;
import tamarack.storage.config.Credential;
import tamarack.storage.config.Secret;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStoreContract;
import tamarack.storage.object.StorageException;

class S3StoreTest extends ObjectStoreContract {
  @Override
  protected ObjectStore newStore() throws Exception {
    return store(S3Proxy.get().newBucket(), S3Proxy.credential());
  }

  private static ObjectStore store(String bucket, Credential credential) throws Exception {
    Map<String, String> options = S3Proxy.options(S3Proxy.get().port(), bucket);
    return new S3Store(StoreDefinition.of("s3 test", options), credential);
  }

  @Override
  protected int lengthOfSeveralParts() {
    return (int) (2 * S3Upload.PART + 12_345);
  }

  @Override
  protected boolean keysMayNest() {
    return false;
  }

  @Test
  void aMissingBucketIsNamed() throws Exception {
    try (ObjectStore store = store("no-such-bucket", S3Proxy.credential())) {
      StorageException failure = assertThrows(StorageException.class, () -> store.list("", "", 10));
      assertEquals(FailureKind.NO_BUCKET, failure.kind());
    }
  }

  @Test
  void unfinishedUploadsAreGivenUp() throws Exception {
    String bucket = S3Proxy.get().newBucket();
    StoreDefinition definition =
        StoreDefinition.of("unfinished", S3Proxy.options(S3Proxy.get().port(), bucket));
    try (S3Client client = S3Clients.open(definition, S3Proxy.credential());
        ObjectStore store = store(bucket, S3Proxy.credential())) {
      client.createMultipartUpload(request -> request.bucket(bucket).key("some/prefix/half"));
      client.createMultipartUpload(request -> request.bucket(bucket).key("elsewhere"));
      assertEquals(0, store.abandonUploads(Instant.EPOCH));
      assertEquals(1, store.abandonUploads(Instant.now().plusSeconds(86_400)));
      assertEquals(0, store.abandonUploads(Instant.now().plusSeconds(86_400)));
    }
  }

  @Test
  void aWrongSecretIsDeniedAndNotShown() throws Exception {
    Credential wrong = new Credential("wrong", Map.of(
        "access_key_id", new Secret(S3Proxy.IDENTITY), "secret_access_key", new Secret("wrong-secret-0815")));
    try (ObjectStore store = store(S3Proxy.get().newBucket(), wrong)) {
      StorageException failure = assertThrows(StorageException.class, () -> store.list("", "", 10));
      assertEquals(FailureKind.ACCESS_DENIED, failure.kind());
      assertFalse(failure.toString().contains("0815"));
      assertFalse(failure.toString().contains(S3Proxy.IDENTITY));
    }
  }
}
