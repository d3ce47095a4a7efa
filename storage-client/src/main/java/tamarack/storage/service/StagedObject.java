package tamarack.storage.service;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import tamarack.storage.object.WriteOutcome;

/**
 * An object that a transaction writes: a local file at first, then an upload, then an object that is live or is not.
 */
final class StagedObject {
  final long id;
  final String store;
  final String key;
  /** The token of the write, which tells our object from another's under the same key. */
  final String writer;
  final Path file;
  final CompletableFuture<WriteOutcome> outcome = new CompletableFuture<>();
  volatile Thread upload;

  StagedObject(long id, String store, String key, String writer, Path file) {
    this.id = id;
    this.store = store;
    this.key = key;
    this.writer = writer;
    this.file = file;
  }

  /** Whether its upload has been asked for. */
  boolean isUploading() {
    return upload != null;
  }
}
