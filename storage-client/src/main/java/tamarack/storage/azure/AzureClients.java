package tamarack.storage.azure;

import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.policy.HttpLogDetailLevel;
import com.azure.core.http.policy.HttpLogOptions;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import java.time.Duration;
import java.util.Map;
import tamarack.storage.config.Credential;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/** Clients of the library as we want them: no retries of their own, no logs. */
final class AzureClients {
  /** Transfers of one piece may take this many timeouts in all. */
  private static final int TIMEOUTS_PER_TRY = 4;

  private AzureClients() {}

  static BlobContainerClient open(StoreDefinition definition, Credential credential) {
    Duration timeout = definition.timeout();
    BlobServiceClientBuilder builder = new BlobServiceClientBuilder()
        .endpoint(definition.endpoint().isEmpty()
            ? "https://" + definition.account() + ".blob.core.windows.net" : definition.endpoint())
        .httpClient(new JdkHttpClientBuilder().connectionTimeout(timeout).responseTimeout(timeout)
            .readTimeout(timeout).writeTimeout(timeout).build())
        .httpLogOptions(new HttpLogOptions().setLogLevel(HttpLogDetailLevel.NONE))
        .retryOptions(new RequestRetryOptions(
            RetryPolicyType.FIXED, 1, timeout.multipliedBy(TIMEOUTS_PER_TRY), null, null, null));
    authenticate(builder, definition, credential);
    try {
      return builder.buildClient().getBlobContainerClient(definition.bucket());
    } catch (RuntimeException e) {
      throw new PermanentException(FailureKind.CONFIGURATION,
          "store \"" + definition.name() + "\": the client's library refuses its settings");
    }
  }

  private static void authenticate(
      BlobServiceClientBuilder builder, StoreDefinition definition, Credential credential) {
    if (credential.optional("sas_token").isPresent()) {
      builder.sasToken(credential.required("sas_token"));
    } else if (!credential.isDefaultChain()) {
      builder.credential(
          new StorageSharedKeyCredential(definition.account(), credential.required("account_key")));
    } else {
      fromEnvironment(builder, definition, System.getenv());
    }
  }

  /** The variables that Azure's own tools read. Without them the container must be public. */
  private static void fromEnvironment(
      BlobServiceClientBuilder builder, StoreDefinition definition, Map<String, String> environment) {
    String key = environment.get("AZURE_STORAGE_KEY");
    String token = environment.get("AZURE_STORAGE_SAS_TOKEN");
    if (key != null) {
      builder.credential(new StorageSharedKeyCredential(definition.account(), key));
    } else if (token != null) {
      builder.sasToken(token);
    }
  }
}
