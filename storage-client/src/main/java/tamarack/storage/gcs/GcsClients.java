package tamarack.storage.gcs;

import com.google.api.gax.retrying.RetrySettings;
import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.http.HttpTransportOptions;
import com.google.cloud.storage.HttpStorageOptions;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tamarack.storage.config.Credential;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/** Clients of the library as we want them: no retries of their own. */
final class GcsClients {
  private static final String SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";

  /** The library asks for a project; only operations on buckets use it. */
  private static final String PROJECT = "tamarack";

  private GcsClients() {}

  static Storage open(StoreDefinition definition, Credential credential) {
    int timeout = Math.toIntExact(definition.timeout().toMillis());
    HttpStorageOptions.Builder builder = StorageOptions.http();
    builder.setProjectId(PROJECT);
    builder.setTransportOptions(
        HttpTransportOptions.newBuilder().setConnectTimeout(timeout).setReadTimeout(timeout).build());
    builder.setRetrySettings(RetrySettings.newBuilder().setMaxAttempts(1)
        .setTotalTimeoutDuration(Duration.ofMillis(timeout)).build());
    builder.setCredentials(credentials(definition, credential));
    if (!definition.endpoint().isEmpty()) {
      builder.setHost(definition.endpoint());
    }
    return builder.build().getService();
  }

  private static Credentials credentials(StoreDefinition definition, Credential credential) {
    try {
      if (!credential.isDefaultChain()) {
        byte[] json = credential.required("service_account_json").getBytes(StandardCharsets.UTF_8);
        return ServiceAccountCredentials.fromStream(new ByteArrayInputStream(json)).createScoped(SCOPE);
      }
      // Somebody else's endpoint must not be handed Google's tokens.
      return definition.endpoint().isEmpty()
          ? GoogleCredentials.getApplicationDefault().createScoped(SCOPE) : NoCredentials.getInstance();
    } catch (IOException e) {
      throw new PermanentException(FailureKind.ACCESS_DENIED, "store \"" + definition.name() + "\": "
          + (credential.isDefaultChain() ? "no credentials are named, and the environment has none"
              : "the value service_account_json of its " + credential + " is no service account's key"));
    }
  }
}
