package tamarack.storage.s3;

import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import tamarack.storage.config.Credential;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListPage;
import tamarack.storage.object.ListedObject;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectKeys;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStream;
import tamarack.storage.object.ProviderFailures;
import tamarack.storage.object.Ranges;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;
import tamarack.storage.object.WriterMetadata;

/** A bucket, or a prefix of one, of Amazon S3 or of a service that speaks its protocol. */
public final class S3Store implements ObjectStore {
  /** The most keys that one request may delete. */
  private static final int DELETE_BATCH = 1000;

  private final S3Client client;
  private final StoreDefinition definition;
  private final S3Upload upload;

  /** Connects lazily: a wrong definition shows at the first call. */
  public S3Store(StoreDefinition definition, Credential credential) {
    this.definition = definition;
    this.client = S3Clients.open(definition, credential);
    this.upload = new S3Upload(client, definition);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    ObjectKeys.check(key);
    try {
      HeadObjectResponse head = client.headObject(request -> request.bucket(bucket()).key(name(key)));
      return Optional.of(WriterMetadata.info(key, head.contentLength(), head.eTag(), head.metadata()));
    } catch (SdkException e) {
      StorageException failure = failure("head", key, e);
      if (failure.kind() == FailureKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw failure;
    }
  }

  @Override
  public InputStream open(ObjectInfo object, long offset, long length) {
    Ranges.check(object, offset, length);
    GetObjectRequest.Builder request =
        GetObjectRequest.builder().bucket(bucket()).key(name(object.key())).ifMatch(object.version());
    if (length == 0) {
      return InputStream.nullInputStream();
    }
    request.range("bytes=" + offset + "-" + (offset + length - 1));
    try {
      ResponseInputStream<GetObjectResponse> answer = client.getObject(request.build());
      return new ObjectStream(answer, length, e -> failure("read", object.key(), e), answer::abort);
    } catch (SdkException e) {
      throw failure("get", object.key(), e);
    }
  }

  @Override
  public WriteOutcome put(String key, ObjectBody body, WriteCondition condition) {
    ObjectKeys.check(key);
    // A large body is cut off by the refusal's broken connection, and the refusal with it: better look first.
    if (body.length() > S3Upload.PART && !holds(key, condition)) {
      return new WriteOutcome.Conflict(key);
    }
    try {
      String version = upload.put(name(key), body, condition);
      return new WriteOutcome.Written(
          new ObjectInfo(key, body.length(), version, body.checksum(), body.writer()));
    } catch (SdkException e) {
      if (condition != WriteCondition.NONE && isConflict(e, condition)) {
        return new WriteOutcome.Conflict(key);
      }
      throw failure("put", key, e);
    }
  }

  private boolean holds(String key, WriteCondition condition) {
    return switch (condition) {
      case WriteCondition.None none -> true;
      case WriteCondition.Absent absent -> head(key).isEmpty();
      case WriteCondition.Matches matches ->
          head(key).filter(present -> present.version().equals(matches.version())).isPresent();
    };
  }

  private static boolean isConflict(SdkException e, WriteCondition condition) {
    if (!(e instanceof AwsServiceException service)) {
      return false;
    }
    boolean gone = condition instanceof WriteCondition.Matches && service.statusCode() == 404
        && "NoSuchKey".equals(code(service));
    return service.statusCode() == 412 || gone;
  }

  @Override
  public ListPage list(String prefix, String page, int limit) {
    try {
      ListObjectsV2Response answer = client.listObjectsV2(request -> request.bucket(bucket())
          .prefix(name(prefix)).maxKeys(limit).continuationToken(page.isEmpty() ? null : page));
      List<ListedObject> objects = answer.contents().stream()
          .map(object -> new ListedObject(
              object.key().substring(definition.prefix().length()), object.size(), object.lastModified()))
          .toList();
      boolean more = Boolean.TRUE.equals(answer.isTruncated()) && answer.nextContinuationToken() != null;
      return new ListPage(objects, more ? answer.nextContinuationToken() : "");
    } catch (SdkException e) {
      throw failure("list", prefix, e);
    }
  }

  @Override
  public Map<String, StorageException> delete(List<String> keys) {
    keys.forEach(ObjectKeys::check);
    Map<String, StorageException> failures = new HashMap<>();
    for (int start = 0; start < keys.size(); start += DELETE_BATCH) {
      List<String> batch = keys.subList(start, Math.min(keys.size(), start + DELETE_BATCH));
      try {
        deleteBatch(batch, failures);
      } catch (SdkException e) {
        batch.forEach(key -> failures.put(key, failure("delete", key, e)));
      }
    }
    return failures;
  }

  private void deleteBatch(List<String> batch, Map<String, StorageException> failures) {
    List<ObjectIdentifier> names = new ArrayList<>();
    batch.forEach(key -> names.add(ObjectIdentifier.builder().key(name(key)).build()));
    Delete delete = Delete.builder().objects(names).quiet(true).build();
    for (S3Error error : client.deleteObjects(request -> request.bucket(bucket()).delete(delete)).errors()) {
      String key = error.key().substring(definition.prefix().length());
      if (!"NoSuchKey".equals(error.code())) {
        int status = "AccessDenied".equals(error.code()) ? 403 : 503;
        failures.put(key, ProviderFailures.of(operation("delete", key), status, error.code()));
      }
    }
  }

  @Override
  public int abandonUploads(Instant before) {
    int abandoned = 0;
    try {
      for (MultipartUpload unfinished : client.listMultipartUploadsPaginator(
          request -> request.bucket(bucket()).prefix(definition.prefix())).uploads()) {
        if (unfinished.initiated() != null && unfinished.initiated().isBefore(before)) {
          client.abortMultipartUpload(
              request -> request.bucket(bucket()).key(unfinished.key()).uploadId(unfinished.uploadId()));
          abandoned++;
        }
      }
      return abandoned;
    } catch (SdkException e) {
      throw failure("abandon uploads", "", e);
    }
  }

  @Override
  public void close() {
    client.close();
  }

  private String bucket() {
    return definition.bucket();
  }

  private String name(String key) {
    return definition.prefix() + key;
  }

  private String operation(String verb, String key) {
    return verb + " s3://" + bucket() + "/" + name(key);
  }

  private StorageException failure(String verb, String key, Exception e) {
    if (e instanceof AwsServiceException service) {
      return ProviderFailures.of(operation(verb, key), service.statusCode(), code(service));
    }
    return S3Clients.ofClient(operation(verb, key), e);
  }

  private static String code(AwsServiceException service) {
    return service.awsErrorDetails() == null ? null : service.awsErrorDetails().errorCode();
  }
}
