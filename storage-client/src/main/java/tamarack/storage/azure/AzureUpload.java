package tamarack.storage.azure;

import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.models.AccessTier;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.options.BlockBlobCommitBlockListOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.blob.options.BlockBlobStageBlockOptions;
import com.azure.storage.blob.specialized.BlockBlobClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriterMetadata;

/**
 * Writes to Azure, in one request or in blocks. Each request carries the MD5 of its bytes, which the service checks. A
 * condition is checked when the blob appears: at the only request or at the commit of the blocks.
 */
final class AzureUpload {
  /** Bodies longer than this go in blocks of this size; more blocks than Azure allows make them larger. */
  static final long BLOCK = 4L << 20;

  private static final int MOST_BLOCKS = 50_000;

  private final StoreDefinition definition;

  AzureUpload(StoreDefinition definition) {
    this.definition = definition;
  }

  /** Returns the new ETag; throws what the library throws. */
  String put(BlockBlobClient blob, ObjectBody body, WriteCondition condition) {
    return body.length() <= BLOCK ? putWhole(blob, body, condition) : putBlocks(blob, body, condition);
  }

  private String putWhole(BlockBlobClient blob, ObjectBody body, WriteCondition condition) {
    byte[] bytes = read(body, 0, body.length());
    BlockBlobSimpleUploadOptions options = new BlockBlobSimpleUploadOptions(BinaryData.fromBytes(bytes))
        .setMetadata(WriterMetadata.of(body)).setContentMd5(md5(bytes)).setTier(tier())
        .setRequestConditions(conditions(condition));
    return blob.uploadWithResponse(options, null, Context.NONE).getValue().getETag();
  }

  private String putBlocks(BlockBlobClient blob, ObjectBody body, WriteCondition condition) {
    long size = Math.max(BLOCK, Math.ceilDiv(body.length(), MOST_BLOCKS));
    List<String> blocks = new ArrayList<>();
    for (long offset = 0; offset < body.length(); offset += size) {
      byte[] bytes = read(body, offset, Math.min(size, body.length() - offset));
      // Writers of one blob share its uncommitted blocks, so names must tell the writers apart, at one length.
      String name = body.writer() + String.format("%08d", blocks.size());
      String block = Base64.getEncoder().encodeToString(name.getBytes(StandardCharsets.US_ASCII));
      blob.stageBlockWithResponse(
          new BlockBlobStageBlockOptions(block, BinaryData.fromBytes(bytes)).setContentMd5(md5(bytes)),
          null, Context.NONE);
      blocks.add(block);
    }
    BlockBlobCommitBlockListOptions options = new BlockBlobCommitBlockListOptions(blocks)
        .setMetadata(WriterMetadata.of(body)).setTier(tier()).setRequestConditions(conditions(condition));
    return blob.commitBlockListWithResponse(options, null, Context.NONE).getValue().getETag();
  }

  private static BlobRequestConditions conditions(WriteCondition condition) {
    return switch (condition) {
      case WriteCondition.None none -> null;
      case WriteCondition.Absent absent -> new BlobRequestConditions().setIfNoneMatch("*");
      case WriteCondition.Matches matches -> new BlobRequestConditions().setIfMatch(matches.version());
    };
  }

  private AccessTier tier() {
    return definition.storageClass().isEmpty() ? null : AccessTier.fromString(definition.storageClass());
  }

  private static byte[] read(ObjectBody body, long offset, long length) {
    try (InputStream in = body.open(offset, length)) {
      byte[] bytes = in.readNBytes(Math.toIntExact(length));
      if (bytes.length == length) {
        return bytes;
      }
      throw new PermanentException(FailureKind.LOCAL_IO, "what is to be written became shorter");
    } catch (IOException e) {
      throw new PermanentException(FailureKind.LOCAL_IO, "cannot read what to write: " + e.getMessage());
    }
  }

  private static byte[] md5(byte[] bytes) {
    try {
      return MessageDigest.getInstance("MD5").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
