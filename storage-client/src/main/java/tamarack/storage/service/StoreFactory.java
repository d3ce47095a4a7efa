package tamarack.storage.service;

import java.nio.file.Path;
import tamarack.storage.azure.AzureStore;
import tamarack.storage.config.Credential;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.gcs.GcsStore;
import tamarack.storage.local.DirectoryStore;
import tamarack.storage.memory.MemoryStore;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.PermanentException;
import tamarack.storage.s3.S3Store;

/** Opens the store that a definition describes. */
final class StoreFactory {
  private StoreFactory() {}

  static ObjectStore open(StoreDefinition definition, Credential credential) {
    return switch (definition.protocol()) {
      case "s3" -> new S3Store(definition, credential);
      case "azure" -> new AzureStore(definition, credential);
      case "gcs" -> new GcsStore(definition, credential);
      case "directory" -> new DirectoryStore(Path.of(definition.bucket()).resolve(definition.prefix()));
      case "memory" -> new MemoryStore();
      default -> throw new PermanentException(
          FailureKind.CONFIGURATION, "there is no protocol " + definition.protocol());
    };
  }
}
