package tamarack.storage.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListPage;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.StorageException;
import tamarack.storage.wire.Answer;
import tamarack.storage.wire.Request;

/**
 * Talks to the storage service, for one thread at a time, and without threads of its own. While it waits it asks now
 * and then whether it is canceled. When the service is restarted it connects again; requests that may come twice are
 * sent again, others fail with what is known.
 */
public final class StorageClient implements AutoCloseable {
  private final ServiceConnection connection;

  /**
   * Connects at the first request.
   *
   * @param name for the service's status
   * @param patience how long a service that is not there is waited for
   * @param canceled asked while waiting; true ends the wait with CANCELED
   */
  public StorageClient(Path socket, String name, Duration patience, BooleanSupplier canceled) {
    this.connection = new ServiceConnection(socket, name, patience, canceled);
  }

  /** What the object under a key is; may be an earlier answer, so for keys that are written once. */
  public Optional<ObjectInfo> open(String store, String key) {
    return ask(new Request.Open(store, key), Answer.Found.class).object();
  }

  /** What the object under a key is now. */
  public Optional<ObjectInfo> head(String store, String key) {
    return ask(new Request.Head(store, key), Answer.Found.class).object();
  }

  /** A reader of an object; see {@link #open}. Use it from the same thread, and close it before this client. */
  public ObjectReader reader(String store, ObjectInfo object) {
    return new ObjectReader(this, store, object);
  }

  /** Where the block that holds a byte of an object is; empty when it is in no file, see {@link #fetch}. */
  Optional<Answer.Located> locate(String store, ObjectInfo object, long offset, boolean distrust) {
    Answer answer = connection.ask(new Request.Locate(store, object, offset, false, distrust));
    return answer instanceof Answer.NotCached
        ? Optional.empty() : Optional.of(expect(answer, Answer.Located.class));
  }

  /** The block that holds a byte of an object. */
  Answer.Data fetch(String store, ObjectInfo object, long offset) {
    return ask(new Request.Fetch(store, object, offset), Answer.Data.class);
  }

  /** A file to write an object into, as a part of a transaction. */
  public StagedFile stage(String transaction, String store, String key) {
    Answer.Staged staged = ask(new Request.Stage(transaction, store, key), Answer.Staged.class);
    return new StagedFile(transaction, staged.stage(), Path.of(staged.path()));
  }

  /** A staged file is complete and closed: its upload begins. */
  public void upload(StagedFile file) {
    ask(new Request.Upload(file.transaction(), file.id()), Answer.Done.class);
  }

  /** Waits until all files of a transaction are uploaded; then it may commit. */
  public List<ObjectInfo> prepare(String transaction) {
    return ask(new Request.Prepare(transaction), Answer.Prepared.class).objects();
  }

  /** Creates a small object; empty when there is one under its key already. */
  public Optional<ObjectInfo> publish(String store, String key, byte[] bytes) {
    return ask(new Request.Publish(store, key, bytes), Answer.Published.class).object();
  }

  /** A prepared transaction's objects are live. May be called again. */
  public void commit(String transaction) {
    ask(new Request.Commit(transaction), Answer.Done.class);
  }

  /** A transaction's objects are not wanted. May be called again. */
  public void abort(String transaction) {
    ask(new Request.Abort(transaction), Answer.Done.class);
  }

  /** Queues objects to be deleted after the retention. */
  public void delete(String store, List<String> keys) {
    ask(new Request.Delete(store, keys), Answer.Done.class);
  }

  /** Objects under a prefix; see {@code ObjectStore.list}. */
  public ListPage list(String store, String prefix, String page, int limit) {
    Answer.Listed listed = ask(new Request.ListObjects(store, prefix, page, limit), Answer.Listed.class);
    return new ListPage(listed.objects(), listed.next());
  }

  /** Rows of transaction, state, store, key: who is neither committed nor aborted. */
  public Answer.Rows pending() {
    return ask(new Request.Pending(), Answer.Rows.class);
  }

  /** What the service does and how it is. */
  public Answer.Rows status() {
    return ask(new Request.Status(), Answer.Rows.class);
  }

  /** What the cache has done, by store. */
  public Answer.Rows cacheStatistics() {
    return ask(new Request.CacheStatistics(), Answer.Rows.class);
  }

  /** Uploads and deletes that wait. */
  public Answer.Rows queue() {
    return ask(new Request.Queue(), Answer.Rows.class);
  }

  /** Rows of check, result, explanation. */
  public Answer.Rows probe(String store) {
    return ask(new Request.Probe(store), Answer.Rows.class);
  }

  /** Makes this service's system the owner of a store's prefix. */
  public void takeOver(String store) {
    ask(new Request.TakeOver(store), Answer.Done.class);
  }

  /** Has the configuration and the credentials read again. */
  public void reload() {
    ask(new Request.Reload(), Answer.Done.class);
  }

  private <T extends Answer> T ask(Request request, Class<T> type) {
    return expect(connection.ask(request), type);
  }

  private static <T extends Answer> T expect(Answer answer, Class<T> type) {
    if (answer instanceof Answer.Failed failed) {
      throw StorageException.of(failed.kind(), failed.message());
    }
    if (!type.isInstance(answer)) {
      throw new PermanentException(
          FailureKind.PROTOCOL, "the service answered " + answer.getClass().getSimpleName());
    }
    return type.cast(answer);
  }

  /** Idempotent. */
  @Override
  public void close() {
    connection.close();
  }
}
