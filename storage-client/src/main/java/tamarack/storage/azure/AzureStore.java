package tamarack.storage.azure;

import com.azure.core.http.rest.PagedResponse;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.ConsistentReadControl;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlobInputStreamOptions;
import com.azure.storage.blob.specialized.BlockBlobClient;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Iterator;
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
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;
import tamarack.storage.object.WriterMetadata;

/** A container, or a prefix of one, of Azure Blob Storage. Objects are block blobs. */
public final class AzureStore implements ObjectStore {
  /** The library fetches a range in pieces of this size and holds one of them. */
  private static final int PIECE = 1 << 20;

  private final BlobContainerClient container;
  private final StoreDefinition definition;
  private final AzureUpload upload;

  /** Connects lazily: a wrong definition shows at the first call. */
  public AzureStore(StoreDefinition definition, Credential credential) {
    this.definition = definition;
    this.container = AzureClients.open(definition, credential);
    this.upload = new AzureUpload(definition);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    ObjectKeys.check(key);
    try {
      BlobProperties properties = blob(key).getProperties();
      return Optional.of(WriterMetadata.info(
          key, properties.getBlobSize(), properties.getETag(), properties.getMetadata()));
    } catch (RuntimeException e) {
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
    if (length == 0) {
      return InputStream.nullInputStream();
    }
    BlobInputStreamOptions options = new BlobInputStreamOptions()
        .setRange(new BlobRange(offset, length))
        .setBlockSize((int) Math.min(PIECE, length))
        .setConsistentReadControl(ConsistentReadControl.NONE)
        .setRequestConditions(new BlobRequestConditions().setIfMatch(object.version()));
    try {
      InputStream in = blob(object.key()).openInputStream(options);
      return new ObjectStream(in, length, e -> readFailure(object, e), () -> {});
    } catch (RuntimeException e) {
      throw readFailure(object, e);
    }
  }

  /** A version that does not match may also be none at all. */
  private StorageException readFailure(ObjectInfo object, Exception e) {
    StorageException failure = failure("get", object.key(), e);
    boolean gone = failure.kind() == FailureKind.CHANGED && head(object.key()).isEmpty();
    return gone ? new PermanentException(FailureKind.NOT_FOUND, failure.getMessage()) : failure;
  }

  @Override
  public WriteOutcome put(String key, ObjectBody body, WriteCondition condition) {
    ObjectKeys.check(key);
    try {
      String version = upload.put(blob(key), body, condition);
      return new WriteOutcome.Written(
          new ObjectInfo(key, body.length(), version, body.checksum(), body.writer()));
    } catch (RuntimeException e) {
      if (condition != WriteCondition.NONE && isConflict(e, condition)) {
        return new WriteOutcome.Conflict(key);
      }
      throw failure("put", key, e);
    }
  }

  private static boolean isConflict(RuntimeException e, WriteCondition condition) {
    if (!(e instanceof BlobStorageException blob)) {
      return false;
    }
    boolean exists = BlobErrorCode.BLOB_ALREADY_EXISTS.equals(blob.getErrorCode());
    boolean gone = condition instanceof WriteCondition.Matches && blob.getStatusCode() == 404
        && !BlobErrorCode.CONTAINER_NOT_FOUND.equals(blob.getErrorCode());
    return exists || gone || blob.getStatusCode() == 412;
  }

  @Override
  public ListPage list(String prefix, String page, int limit) {
    ListBlobsOptions options = new ListBlobsOptions().setPrefix(name(prefix)).setMaxResultsPerPage(limit);
    try {
      Iterator<PagedResponse<BlobItem>> pages =
          container.listBlobs(options, page.isEmpty() ? null : page, null).iterableByPage().iterator();
      if (!pages.hasNext()) {
        return new ListPage(List.of(), "");
      }
      PagedResponse<BlobItem> answer = pages.next();
      List<ListedObject> objects = answer.getValue().stream()
          .map(item -> new ListedObject(
              item.getName().substring(definition.prefix().length()), item.getProperties().getContentLength(),
              item.getProperties().getLastModified().toInstant()))
          .toList();
      String next = answer.getContinuationToken();
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
        blob(key).deleteIfExistsWithResponse(null, null, null, Context.NONE);
      } catch (RuntimeException e) {
        failures.put(key, failure("delete", key, e));
      }
    }
    return failures;
  }

  @Override
  public void close() {}

  private BlockBlobClient blob(String key) {
    return container.getBlobClient(name(key)).getBlockBlobClient();
  }

  private String name(String key) {
    return definition.prefix() + key;
  }

  private StorageException failure(String verb, String key, Exception e) {
    String operation = verb + " azure://" + definition.bucket() + "/" + name(key);
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof BlobStorageException blob) {
        String code = blob.getErrorCode() == null ? null : blob.getErrorCode().toString();
        // Another writer's commit threw our uncommitted blocks away: the same write may succeed later.
        boolean again = BlobErrorCode.INVALID_BLOCK_LIST.equals(blob.getErrorCode());
        return ProviderFailures.of(operation, again ? 503 : blob.getStatusCode(), code);
      }
      if (cause instanceof IllegalArgumentException) {
        return new PermanentException(
            FailureKind.CONFIGURATION, operation + ": the client's library refuses the settings");
      }
    }
    return ProviderFailures.ofTransport(operation, e);
  }
}
