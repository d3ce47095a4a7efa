package tamarack.storage.s3;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.Checksum;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriterMetadata;

/**
 * Writes to S3, in one request or in parts. Each request carries the CRC32C of its bytes, which the service checks. A
 * condition is checked when the object appears: at the only request or at the last one.
 */
final class S3Upload {
  /** Bodies longer than this go in parts of this size; more parts than S3 allows make the parts larger. */
  static final long PART = 8L << 20;

  /** Conditional writes go in one request up to here: some compatible services forget the condition otherwise. */
  private static final long CONDITIONAL_WHOLE = 1L << 30;

  private static final int PARTS_AT_A_TIME = 4;
  private static final int MOST_PARTS = 10_000;
  private static final String CONTENT_TYPE = "application/octet-stream";

  private final S3Client client;
  private final StoreDefinition definition;

  S3Upload(S3Client client, StoreDefinition definition) {
    this.client = client;
    this.definition = definition;
  }

  /** Returns the new ETag; throws what the SDK throws. */
  String put(String name, ObjectBody body, WriteCondition condition) {
    long whole = condition == WriteCondition.NONE ? PART : CONDITIONAL_WHOLE;
    return body.length() <= whole ? putWhole(name, body, condition) : putParts(name, body, condition);
  }

  private String putWhole(String name, ObjectBody body, WriteCondition condition) {
    PutObjectRequest.Builder request = PutObjectRequest.builder().bucket(definition.bucket()).key(name)
        .metadata(WriterMetadata.of(body)).checksumCRC32C(Checksum.base64(body.checksum()));
    switch (condition) {
      case WriteCondition.None none -> { }
      case WriteCondition.Absent absent -> request.ifNoneMatch("*");
      case WriteCondition.Matches matches -> request.ifMatch(matches.version());
    }
    if (!definition.storageClass().isEmpty()) {
      request.storageClass(definition.storageClass());
    }
    request.serverSideEncryption(encryption()).ssekmsKeyId(encryptionKey());
    return client.putObject(request.build(), content(body, 0, body.length())).eTag();
  }

  private String putParts(String name, ObjectBody body, WriteCondition condition) {
    CreateMultipartUploadRequest.Builder create = CreateMultipartUploadRequest.builder()
        .bucket(definition.bucket()).key(name).metadata(WriterMetadata.of(body))
        .checksumAlgorithm(ChecksumAlgorithm.CRC32_C).checksumType(ChecksumType.FULL_OBJECT)
        .serverSideEncryption(encryption()).ssekmsKeyId(encryptionKey());
    if (!definition.storageClass().isEmpty()) {
      create.storageClass(definition.storageClass());
    }
    String upload = client.createMultipartUpload(create.build()).uploadId();
    try {
      List<CompletedPart> parts = sendParts(name, body, upload);
      CompleteMultipartUploadRequest.Builder complete = CompleteMultipartUploadRequest.builder()
          .bucket(definition.bucket()).key(name).uploadId(upload)
          .checksumType(ChecksumType.FULL_OBJECT).checksumCRC32C(Checksum.base64(body.checksum()))
          .multipartUpload(all -> all.parts(parts));
      switch (condition) {
        case WriteCondition.None none -> { }
        case WriteCondition.Absent absent -> complete.ifNoneMatch("*");
        case WriteCondition.Matches matches -> complete.ifMatch(matches.version());
      }
      return client.completeMultipartUpload(complete.build()).eTag();
    } catch (RuntimeException e) {
      abort(name, upload);
      throw e;
    }
  }

  private List<CompletedPart> sendParts(String name, ObjectBody body, String upload) {
    long size = Math.max(PART, Math.ceilDiv(body.length(), MOST_PARTS));
    List<Future<CompletedPart>> sent = new ArrayList<>();
    Semaphore places = new Semaphore(PARTS_AT_A_TIME);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        for (long offset = 0; offset < body.length(); offset += size) {
          long start = offset;
          long length = Math.min(size, body.length() - offset);
          int number = sent.size() + 1;
          places.acquire();
          sent.add(threads.submit(() -> {
            try {
              return sendPart(name, body, upload, number, start, length);
            } finally {
              places.release();
            }
          }));
        }
        List<CompletedPart> parts = new ArrayList<>();
        for (Future<CompletedPart> part : sent) {
          parts.add(part.get());
        }
        return parts;
      } catch (InterruptedException e) {
        threads.shutdownNow();
        Thread.currentThread().interrupt();
        throw AbortedException.create("canceled", e);
      } catch (ExecutionException e) {
        threads.shutdownNow();
        throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
      }
    }
  }

  private CompletedPart sendPart(String name, ObjectBody body, String upload, int number, long offset, long length) {
    String checksum = Checksum.base64(body.checksum(offset, length));
    String tag = client.uploadPart(part -> part.bucket(definition.bucket()).key(name).uploadId(upload)
        .partNumber(number).checksumCRC32C(checksum), content(body, offset, length)).eTag();
    return CompletedPart.builder().partNumber(number).eTag(tag).checksumCRC32C(checksum).build();
  }

  private void abort(String name, String upload) {
    try {
      client.abortMultipartUpload(request -> request.bucket(definition.bucket()).key(name).uploadId(upload));
    } catch (SdkException e) {
      // Its parts stay until the bucket's life cycle rule for unfinished uploads removes them; no reader sees them.
      return;
    }
  }

  private static RequestBody content(ObjectBody body, long offset, long length) {
    return RequestBody.fromContentProvider(() -> body.open(offset, length), length, CONTENT_TYPE);
  }

  private String encryption() {
    String wanted = definition.serverSideEncryption();
    return wanted.isEmpty() ? null : wanted.startsWith("aws:kms:") ? "aws:kms" : wanted;
  }

  private String encryptionKey() {
    String wanted = definition.serverSideEncryption();
    return wanted.startsWith("aws:kms:") ? wanted.substring("aws:kms:".length()) : null;
  }
}
