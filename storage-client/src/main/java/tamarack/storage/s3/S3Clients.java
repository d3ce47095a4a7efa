package tamarack.storage.s3;

import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import tamarack.storage.config.Credential;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.ProviderFailures;
import tamarack.storage.object.RetryableException;
import tamarack.storage.object.StorageException;

/** Clients of the SDK as we want them: no retries of their own, no checksums behind our back, bounded connections. */
final class S3Clients {
  /** For services that know no regions and still want one in the signature. */
  private static final String REGION_OF_COMPATIBLES = "us-east-1";

  private static final Duration IDLE = Duration.ofSeconds(20);

  private S3Clients() {}

  static S3Client open(StoreDefinition definition, Credential credential) {
    S3ClientBuilder builder = S3Client.builder()
        .httpClientBuilder(Apache5HttpClient.builder()
            .maxConnections(definition.maxConnections())
            .connectionTimeout(definition.timeout())
            .socketTimeout(definition.timeout())
            .connectionAcquisitionTimeout(definition.timeout().multipliedBy(2))
            .connectionMaxIdleTime(IDLE))
        .overrideConfiguration(settings -> settings.retryStrategy(DefaultRetryStrategy.doNotRetry()))
        .credentialsProvider(credentials(credential))
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .forcePathStyle(definition.pathStyle());
    if (!definition.region().isEmpty()) {
      builder.region(Region.of(definition.region()));
    }
    if (!definition.endpoint().isEmpty()) {
      builder.endpointOverride(definition.endpointUri());
      if (definition.region().isEmpty()) {
        builder.region(Region.of(REGION_OF_COMPATIBLES));
      }
    }
    try {
      return builder.build();
    } catch (SdkClientException e) {
      throw new PermanentException(FailureKind.CONFIGURATION,
          "store \"" + definition.name() + "\": no region is set, and the environment names none");
    }
  }

  private static AwsCredentialsProvider credentials(Credential credential) {
    if (credential.isDefaultChain()) {
      return DefaultCredentialsProvider.builder().build();
    }
    String id = credential.required("access_key_id");
    String secret = credential.required("secret_access_key");
    return StaticCredentialsProvider.create(credential.optional("session_token")
        .<software.amazon.awssdk.auth.credentials.AwsCredentials>map(
            token -> AwsSessionCredentials.create(id, secret, token))
        .orElseGet(() -> AwsBasicCredentials.create(id, secret)));
  }

  /** The failure that no answer means. */
  static StorageException ofClient(String operation, Exception e) {
    if (e instanceof AbortedException) {
      return new PermanentException(FailureKind.CANCELED, operation + ": canceled");
    }
    if (e instanceof ApiCallAttemptTimeoutException) {
      return new RetryableException(FailureKind.TIMEOUT, operation + ": no answer in time");
    }
    if (e instanceof SdkClientException && e.getMessage() != null
        && e.getMessage().contains("Unable to load credentials")) {
      return new PermanentException(FailureKind.ACCESS_DENIED,
          operation + ": no credentials are named, and the environment has none");
    }
    return ProviderFailures.ofTransport(operation, e);
  }
}
