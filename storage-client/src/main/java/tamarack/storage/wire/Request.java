package tamarack.storage.wire;

import java.util.List;
import java.util.Objects;
import tamarack.storage.object.ObjectInfo;

/** What a client asks for. A transaction is any text that names the client's unit of work. */
public sealed interface Request {
  /** The first message of a connection. */
  record Hello(int version, String client) implements Request {}

  /** What an object is; an earlier answer may be given again, for keys are written once. */
  record Open(String store, String key) implements Request {}

  /** What an object is now. */
  record Head(String store, String key) implements Request {}

  /**
   * Where the block that holds a byte is cached.
   *
   * @param cachedOnly do not fetch it
   * @param distrust compare it with its checksum first: it was not what it should be
   */
  record Locate(String store, ObjectInfo object, long offset, boolean cachedOnly, boolean distrust)
      implements Request {}

  /** The bytes of the block that holds a byte. */
  record Fetch(String store, ObjectInfo object, long offset) implements Request {}

  /** A file to write an object into. */
  record Stage(String transaction, String store, String key) implements Request {}

  /** A staged file is complete: upload it, in the background. */
  record Upload(String transaction, long stage) implements Request {}

  /** Wait until all files of a transaction are uploaded, and note durably that they are. */
  record Prepare(String transaction) implements Request {}

  /** Create an object if there is none under its key. */
  record Publish(String store, String key, byte[] bytes) implements Request {
    @Override
    public boolean equals(Object other) {
      return other instanceof Publish publish && publish.store.equals(store) && publish.key.equals(key)
          && java.util.Arrays.equals(publish.bytes, bytes);
    }

    @Override
    public int hashCode() {
      return Objects.hash(store, key, java.util.Arrays.hashCode(bytes));
    }
  }

  /** A transaction's objects are live from now on. */
  record Commit(String transaction) implements Request {}

  /** A transaction's objects are not wanted. */
  record Abort(String transaction) implements Request {}

  /** Transactions that are neither committed nor aborted, and their objects. */
  record Pending() implements Request {}

  /** Delete objects after the retention; queued durably. */
  record Delete(String store, List<String> keys) implements Request {
    public Delete {
      keys = List.copyOf(keys);
    }
  }

  /** The objects under a prefix, a page of them. */
  record ListObjects(String store, String prefix, String page, int limit) implements Request {}

  /** What the service does and how it is. */
  record Status() implements Request {}

  /** What the cache has done, by store. */
  record CacheStatistics() implements Request {}

  /** Uploads and deletes that wait. */
  record Queue() implements Request {}

  /** Try what the service needs of a store. */
  record Probe(String store) implements Request {}

  /** Become the owner of a store's prefix. */
  record TakeOver(String store) implements Request {}

  /** Read the configuration and the credentials again. */
  record Reload() implements Request {}

  /** Give up an earlier request of this connection; has no answer of its own. */
  record Cancel(long requestId) implements Request {}
}
