package tamarack.storage.object;

import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Objects under string keys, as S3, Azure Blob Storage and Google Cloud Storage offer them: written whole, read by
 * ranges, replaced as a whole or not at all. Every call may come from any thread. A failure is a
 * {@link RetryableException} or a {@link PermanentException}; a store does not retry by itself, see
 * {@code RetryingStore}. What every store must do stands in the tests, in {@code ObjectStoreContract}.
 */
public interface ObjectStore extends AutoCloseable {
  /** What the object under a key is now; empty when there is none. */
  Optional<ObjectInfo> head(String key);

  /**
   * Opens bytes {@code offset} to {@code offset + length} of exactly the given version of an object. The stream fails
   * when the store delivers fewer bytes. Its read methods throw {@link StorageException}, never IOException. Closing it
   * early gives up the transfer.
   *
   * @param object as {@link #head} or {@link #put} gave it
   * @throws PermanentException of kind NOT_FOUND when the object is gone, CHANGED when another took its place
   */
  InputStream open(ObjectInfo object, long offset, long length);

  /**
   * Writes an object; readers see all of it or nothing. Large bodies go in parts.
   *
   * @return Written or Conflict; Unknown only from a store that retries. A plain store throws
   *     {@link RetryableException} instead, and the object may or may not be there then.
   */
  WriteOutcome put(String key, ObjectBody body, WriteCondition condition);

  /**
   * Objects whose keys start with a prefix, in the order of their keys' UTF-8 bytes.
   *
   * @param page the first page is "", the next ones are named by the page before
   * @param limit most objects in the page, 1 to 1000; there may be fewer, even none, with more to follow
   */
  ListPage list(String prefix, String page, int limit);

  /** Deletes objects, as far as there are any; returns what failed, by key. Empty: all are gone. */
  Map<String, StorageException> delete(List<String> keys);

  /**
   * Gives up uploads in parts that were begun before a moment and never finished, as a killed process leaves them: no
   * reader sees them, but they are paid for. Returns how many. Does nothing where the provider forgets them by itself.
   */
  default int abandonUploads(Instant before) {
    return 0;
  }

  /** Idempotent. */
  @Override
  void close();
}
