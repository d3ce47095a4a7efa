package tamarack.storage.azure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import tamarack.storage.config.Credential;
import tamarack.storage.config.Secret;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStoreContract;
import tamarack.storage.object.StorageException;

class AzureStoreTest extends ObjectStoreContract {
  @Override
  protected ObjectStore newStore() throws Exception {
    return store(Azurite.get().newContainer(), Azurite.credential());
  }

  private static ObjectStore store(String container, Credential credential) throws Exception {
    return new AzureStore(StoreDefinition.of("azure test", Azurite.get().options(container)), credential);
  }

  @Override
  protected int lengthOfSeveralParts() {
    return (int) (2 * AzureUpload.BLOCK + 12_345);
  }

  @Test
  void aMissingContainerIsNamed() throws Exception {
    try (ObjectStore store = store("no-such-container", Azurite.credential())) {
      StorageException failure = assertThrows(StorageException.class, () -> store.list("", "", 10));
      assertEquals(FailureKind.NO_BUCKET, failure.kind());
    }
  }

  @Test
  void aWrongKeyIsDenied() throws Exception {
    Credential wrong = new Credential("wrong", Map.of("account_key", new Secret("c2VjcmV0")));
    try (ObjectStore store = store(Azurite.get().newContainer(), wrong)) {
      StorageException failure = assertThrows(StorageException.class, () -> store.list("", "", 10));
      assertEquals(FailureKind.ACCESS_DENIED, failure.kind());
    }
  }
}
