package tamarack.storage.containers;

import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;
import tamarack.storage.azure.AzureStore;
import tamarack.storage.azure.Azurite;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStoreContract;

/** The contract on Azurite in a container. */
class AzuriteStoreTest extends ObjectStoreContract {
  private static final int PORT = 10_000;
  private static final String ACCOUNT = "devstoreaccount1";
  private static final AtomicInteger CONTAINERS = new AtomicInteger();

  @Override
  protected ObjectStore newStore() {
    GenericContainer<?> azurite = Containers.get("Azurite", () ->
        new GenericContainer<>(DockerImageName.parse("mcr.microsoft.com/azure-storage/azurite:3.35.0"))
            .withCommand("azurite-blob", "--blobHost", "0.0.0.0", "--skipApiVersionCheck", "--disableTelemetry")
            .withExposedPorts(PORT));
    String endpoint = Containers.endpoint(azurite, PORT) + "/" + ACCOUNT;
    String container = "container-" + CONTAINERS.incrementAndGet();
    String key = Azurite.credential().required("account_key");
    new BlobServiceClientBuilder().endpoint(endpoint).credential(new StorageSharedKeyCredential(ACCOUNT, key))
        .buildClient().createBlobContainer(container);
    return new AzureStore(StoreDefinition.of("azurite", Map.of("protocol", "azure", "bucket", container,
        "account", ACCOUNT, "endpoint", endpoint, "prefix", "some/prefix")), Azurite.credential());
  }

  @Override
  protected int lengthOfSeveralParts() {
    return 9_000_000;
  }
}
