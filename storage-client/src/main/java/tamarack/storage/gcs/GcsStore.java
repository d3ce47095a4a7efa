package tamarack.storage.gcs;

import com.google.api.gax.paging.Page;
import com.google.cloud.BaseServiceException;
import com.google.cloud.ReadChannel;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobListOption;
import com.google.cloud.storage.Storage.BlobSourceOption;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.ProviderFailures;
import tamarack.storage.object.Ranges;
import tamarack.storage.object.RetryableException;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;
import tamarack.storage.object.WriterMetadata;

/** A bucket, or a prefix of one, of Google Cloud Storage, by its JSON interface. Versions are generations. */
public final class GcsStore implements ObjectStore {
  private final Storage storage;
  private final StoreDefinition definition;
  private final GcsUpload upload;

  /** Connects lazily: a wrong definition shows at the first call. */
  public GcsStore(StoreDefinition definition, Credential credential) {
    this.definition = definition;
    this.storage = GcsClients.open(definition, credential);
    this.upload = new GcsUpload(storage, definition);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    ObjectKeys.check(key);
    try {
      return Optional.ofNullable(storage.get(id(key))).map(blob -> info(key, blob));
    } catch (RuntimeException e) {
      throw failure("head", key, e);
    }
  }

  private static ObjectInfo info(String key, Blob blob) {
    return WriterMetadata.info(key, blob.getSize(), Long.toString(blob.getGeneration()), blob.getMetadata());
  }

  @Override
  public InputStream open(ObjectInfo object, long offset, long length) {
    Ranges.check(object, offset, length);
    if (length == 0) {
      return InputStream.nullInputStream();
    }
    try {
      ReadChannel channel = storage.reader(
          id(object.key()), BlobSourceOption.generationMatch(Long.parseLong(object.version())));
      channel.setChunkSize(0);
      channel.seek(offset);
      channel.limit(offset + length);
      return new ObjectStream(
          Channels.newInputStream(channel), length, e -> failure("read", object.key(), e), () -> {});
    } catch (IOException | RuntimeException e) {
      throw failure("get", object.key(), e);
    }
  }

  @Override
  public WriteOutcome put(String key, ObjectBody body, WriteCondition condition) {
    ObjectKeys.check(key);
    try {
      Blob blob = upload.put(id(key), body, condition);
      return new WriteOutcome.Written(new ObjectInfo(
          key, body.length(), Long.toString(blob.getGeneration()), body.checksum(), body.writer()));
    } catch (IOException | RuntimeException e) {
      StorageException failure = failure("put", key, e);
      boolean gone = condition instanceof WriteCondition.Matches && failure.kind() == FailureKind.NOT_FOUND;
      if (condition != WriteCondition.NONE && (gone || failure.kind() == FailureKind.CHANGED)) {
        return new WriteOutcome.Conflict(key);
      }
      throw failure;
    }
  }

  @Override
  public ListPage list(String prefix, String page, int limit) {
    List<BlobListOption> options = new ArrayList<>(
        List.of(BlobListOption.prefix(definition.prefix() + prefix), BlobListOption.pageSize(limit)));
    if (!page.isEmpty()) {
      options.add(BlobListOption.pageToken(page));
    }
    try {
      Page<Blob> answer = storage.list(definition.bucket(), options.toArray(BlobListOption[]::new));
      List<ListedObject> objects = new ArrayList<>();
      answer.getValues().forEach(blob -> objects.add(new ListedObject(
          blob.getName().substring(definition.prefix().length()), blob.getSize(),
          blob.getUpdateTimeOffsetDateTime().toInstant())));
      String next = answer.getNextPageToken();
      return new ListPage(objects, next == null ? "" : next);
    } catch (RuntimeException e) {
      throw failure("list", prefix, e);
    }
  }

  @Override
  public Map<String, StorageException> delete(List<String> keys) {
    keys.forEach(ObjectKeys::check);
    Map<String, StorageException> failures = new HashMap<>();
    for (String key : keys) {
      try {
        storage.delete(id(key));
      } catch (RuntimeException e) {
        failures.put(key, failure("delete", key, e));
      }
    }
    return failures;
  }

  @Override
  public void close() {
    try {
      storage.close();
    } catch (Exception e) {
      // Only idle connections are left to close.
      return;
    }
  }

  private BlobId id(String key) {
    return BlobId.of(definition.bucket(), definition.prefix() + key);
  }

  private StorageException failure(String verb, String key, Exception e) {
    String operation = verb + " gs://" + definition.bucket() + "/" + definition.prefix() + key;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof StorageException ours) {
        return ours;
      }
      if (cause instanceof BaseServiceException service && service.getCode() >= 400) {
        return ProviderFailures.of(operation, service.getCode(), service.getReason());
      }
      if (cause instanceof BaseServiceException service && "dataMismatch".equals(service.getReason())) {
        return new RetryableException(FailureKind.CORRUPT, operation + ": the checksum differs");
      }
      if (cause instanceof IllegalArgumentException) {
        return new PermanentException(
            FailureKind.CONFIGURATION, operation + ": the client's library refuses the settings");
      }
    }
    return ProviderFailures.ofTransport(operation, e);
  }
}
