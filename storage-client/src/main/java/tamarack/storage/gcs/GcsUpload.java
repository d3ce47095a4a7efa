package tamarack.storage.gcs;

import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobTargetOption;
import com.google.cloud.storage.Storage.BlobWriteOption;
import com.google.cloud.storage.StorageClass;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.Checksum;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriterMetadata;

/**
 * Writes to Google Cloud Storage, in one request or as a resumable upload. The object's CRC32C goes with it, and the
 * service refuses other bytes. A condition is checked when the object appears.
 */
final class GcsUpload {
  /** Bodies longer than this are sent in pieces of this size. */
  static final int PIECE = 4 << 20;

  private final Storage storage;
  private final StoreDefinition definition;

  GcsUpload(Storage storage, StoreDefinition definition) {
    this.storage = storage;
    this.definition = definition;
  }

  /** Returns the new object; throws what the library throws. */
  Blob put(BlobId id, ObjectBody body, WriteCondition condition) throws IOException {
    BlobInfo.Builder info = BlobInfo.newBuilder(id).setMetadata(WriterMetadata.of(body))
        .setContentType("application/octet-stream").setCrc32c(Checksum.base64(body.checksum()));
    if (!definition.storageClass().isEmpty()) {
      info.setStorageClass(StorageClass.valueOf(definition.storageClass()));
    }
    try (InputStream in = body.open()) {
      if (body.length() > PIECE) {
        return storage.createFrom(info.build(), in, PIECE, writeOptions(condition));
      }
      return storage.create(info.build(), in.readAllBytes(), targetOptions(condition));
    }
  }

  private static BlobTargetOption[] targetOptions(WriteCondition condition) {
    List<BlobTargetOption> options = new ArrayList<>(List.of(BlobTargetOption.disableGzipContent()));
    switch (condition) {
      case WriteCondition.None none -> { }
      case WriteCondition.Absent absent -> options.add(BlobTargetOption.doesNotExist());
      case WriteCondition.Matches matches ->
          options.add(BlobTargetOption.generationMatch(Long.parseLong(matches.version())));
    }
    return options.toArray(BlobTargetOption[]::new);
  }

  private static BlobWriteOption[] writeOptions(WriteCondition condition) {
    List<BlobWriteOption> options = new ArrayList<>(
        List.of(BlobWriteOption.crc32cMatch(), BlobWriteOption.disableGzipContent()));
    switch (condition) {
      case WriteCondition.None none -> { }
      case WriteCondition.Absent absent -> options.add(BlobWriteOption.doesNotExist());
      case WriteCondition.Matches matches ->
          options.add(BlobWriteOption.generationMatch(Long.parseLong(matches.version())));
    }
    return options.toArray(BlobWriteOption[]::new);
  }
}
