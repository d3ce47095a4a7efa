package tamarack.storage.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import tamarack.storage.cache.CacheCounters;
import tamarack.storage.cache.CachedBlock;
import tamarack.storage.cache.DiskCache;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListPage;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectKeys;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;
import tamarack.storage.retry.StoreCounters;
import tamarack.storage.wire.Answer;
import tamarack.storage.wire.FrameLayout;
import tamarack.storage.wire.Request;

/**
 * Answers requests; knows nothing of sockets. Any thread may call {@link #answer}; an interrupt of the thread ends
 * waits for the network.
 */
public final class StorageService implements AutoCloseable {
  private static final int MOST_ROWS = 1000;

  /** No upload takes this long. */
  private static final Duration UNFINISHED = Duration.ofDays(1);

  private final ServiceOptions options;
  private final InstantSource clock;
  private final Stores stores;
  private final DiskCache cache;
  private final Ownership ownership;
  private final DeleteQueue deletes;
  private final Staging staging;
  private final HeadCache heads = new HeadCache();

  /** Opens the directory; what an earlier process left behind is taken up. */
  public StorageService(ServiceOptions options, InstantSource clock) {
    this.options = options;
    this.clock = clock;
    this.stores = new Stores(options.configuration(), options.credentials(), options.retries());
    Path directory = options.directory();
    try {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new PermanentException(
          FailureKind.CONFIGURATION, "cannot use the directory \"" + directory + "\": " + e.getMessage());
    }
    // The cache's lock keeps a second process from the journals, too, so it comes first.
    this.cache = new DiskCache(directory.resolve("cache"), options.cache());
    this.ownership = new Ownership(options.identity(), clock);
    this.deletes = new DeleteQueue(directory.resolve("deletes"), stores, ownership, clock);
    this.staging = new Staging(directory.resolve("staging"), stores, ownership, deletes);
  }

  /** Deletes what is due; to be called now and then. Returns how many objects are gone. */
  public int deleteDue() {
    return deletes.run();
  }

  /**
   * Gives up unfinished uploads of earlier days, in the stores that are used and ours; to be called now and then. What
   * fails is tried the next time.
   */
  public int abandonUploads() {
    int abandoned = 0;
    for (OpenStore store : stores.inUse()) {
      try {
        ownership.requireNow(store);
        abandoned += store.store().abandonUploads(clock.instant().minus(UNFINISHED));
      } catch (StorageException e) {
        continue;
      }
    }
    return abandoned;
  }

  /** The answer to any request but Hello and Cancel, which belong to the connection. */
  public Answer answer(Request request) {
    try {
      return switch (request) {
        case Request.Open r -> open(r);
        case Request.Head r -> head(r);
        case Request.Locate r -> locate(r);
        case Request.Fetch r -> fetch(r);
        case Request.Stage r -> stage(r);
        case Request.Upload r -> done(() -> staging.upload(r.transaction(), r.stage()));
        case Request.Prepare r -> new Answer.Prepared(staging.prepare(r.transaction()));
        case Request.Publish r -> publish(r);
        case Request.Commit r -> done(() -> staging.commit(r.transaction()));
        case Request.Abort r -> done(() -> staging.abort(r.transaction()));
        case Request.Pending r -> new Answer.Rows(
            List.of("transaction", "state", "store", "key"), staging.pending(MOST_ROWS));
        case Request.Delete r -> done(() -> delete(r));
        case Request.ListObjects r -> list(r);
        case Request.Status r -> status();
        case Request.CacheStatistics r -> cacheStatistics();
        case Request.Queue r -> queue();
        case Request.Probe r -> new Answer.Rows(
            List.of("check", "result", "explanation"), new Probe(stores.get(r.store())).run(ownership));
        case Request.TakeOver r -> done(() -> ownership.takeOver(stores.get(r.store())));
        case Request.Reload r -> done(stores::reload);
        case Request.Hello r -> throw new PermanentException(FailureKind.PROTOCOL, "Hello comes once");
        case Request.Cancel r -> throw new PermanentException(FailureKind.PROTOCOL, "Cancel has no answer");
      };
    } catch (StorageException e) {
      return new Answer.Failed(e.kind(), e.getMessage());
    } catch (OutOfMemoryError e) {
      return new Answer.Failed(FailureKind.BUSY, "the storage service is out of memory for now");
    } catch (RuntimeException e) {
      // The text of a stranger's exception could hold a secret.
      return new Answer.Failed(FailureKind.INTERNAL, "the storage service failed: " + e.getClass().getName());
    }
  }

  private static Answer done(Runnable work) {
    work.run();
    return new Answer.Done();
  }

  private Answer open(Request.Open request) {
    OpenStore store = stores.get(request.store());
    Optional<ObjectInfo> known = heads.get(store, request.key());
    return known.isPresent() ? new Answer.Found(known) : head(new Request.Head(request.store(), request.key()));
  }

  private Answer head(Request.Head request) {
    OpenStore store = stores.get(request.store());
    Optional<ObjectInfo> object = store.store().head(request.key());
    object.ifPresentOrElse(found -> heads.put(store, found), () -> heads.forget(store, request.key()));
    return new Answer.Found(object);
  }

  private Answer locate(Request.Locate request) {
    OpenStore store = stores.get(request.store());
    ObjectInfo object = checked(request.object());
    if (request.cachedOnly()) {
      return cache.peek(store.source(), object, request.offset())
          .map(StorageService::located).orElse(new Answer.NotCached());
    }
    try {
      CachedBlock block = cache.locate(store.source(), object, request.offset(), request.distrust());
      return block.file() == null ? new Answer.NotCached() : located(block);
    } catch (PermanentException e) {
      heads.forget(store, object.key());
      throw e;
    }
  }

  private static ObjectInfo checked(ObjectInfo object) {
    ObjectKeys.check(object.key());
    return object;
  }

  private static Answer located(CachedBlock block) {
    return new Answer.Located(
        block.file().toString(), 0, block.offset(), block.length(), block.checksum(), block.fetched());
  }

  private Answer fetch(Request.Fetch request) {
    OpenStore store = stores.get(request.store());
    ObjectInfo object = checked(request.object());
    CachedBlock block = cache.readBlock(store.source(), object, request.offset());
    if (block.length() > FrameLayout.MOST_ANSWER - 1024) {
      throw new PermanentException(FailureKind.INVALID, "the block is too large for a message");
    }
    return new Answer.Data(block.offset(), block.checksum(), block.fetched(), block.bytes());
  }

  private Answer stage(Request.Stage request) {
    StagedObject object = staging.stage(request.transaction(), request.store(), request.key());
    return new Answer.Staged(object.id, object.file.toString());
  }

  /** Goes on when the client gives up: a write cannot be taken back, and a broken-off one is harder to look up. */
  private Answer publish(Request.Publish request) {
    OpenStore store = stores.get(request.store());
    ObjectKeys.check(request.key());
    CompletableFuture<WriteOutcome> outcome = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> {
      try {
        ownership.require(store);
        outcome.complete(
            store.store().put(request.key(), ObjectBody.of(request.bytes()), WriteCondition.ABSENT));
      } catch (Throwable e) {
        outcome.completeExceptionally(e);
      }
    });
    try {
      return switch (outcome.get()) {
        case WriteOutcome.Written written -> new Answer.Published(Optional.of(written.object()));
        case WriteOutcome.Conflict conflict -> new Answer.Published(Optional.empty());
        case WriteOutcome.Unknown unknown -> throw new PermanentException(
            FailureKind.UNKNOWN_OUTCOME, "whether \"" + unknown.key() + "\" was published is not known: "
                + unknown.cause().getMessage());
      };
    } catch (InterruptedException e) {
      throw new PermanentException(FailureKind.UNKNOWN_OUTCOME,
          "canceled while \"" + request.key() + "\" was being published; it may still appear");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StorageException failure) {
        throw StorageException.of(failure.kind(), failure.getMessage());
      }
      throw new PermanentException(FailureKind.INTERNAL, "publishing failed: " + e.getCause().getClass().getName());
    }
  }

  private void delete(Request.Delete request) {
    OpenStore store = stores.get(request.store());
    request.keys().forEach(ObjectKeys::check);
    if (request.keys().contains(Ownership.KEY)) {
      throw new PermanentException(FailureKind.INVALID, "the object that names the owner is not deleted");
    }
    deletes.add(request.keys().stream().map(key -> new DeleteQueue.Target(store.name(), key, "")).toList(),
        options.retention());
    request.keys().forEach(key -> heads.forget(store, key));
  }

  private Answer list(Request.ListObjects request) {
    if (request.limit() < 1 || request.limit() > MOST_ROWS) {
      throw new PermanentException(FailureKind.INVALID, "a page has 1 to " + MOST_ROWS + " objects");
    }
    ListPage page = stores.get(request.store()).store().list(request.prefix(), request.page(), request.limit());
    return new Answer.Listed(page.objects(), page.next());
  }

  private Answer status() {
    Map<String, StoreCounters> used = new TreeMap<>();
    stores.inUse().forEach(store -> used.put(store.name(), store.store().counters()));
    List<List<String>> rows = new ArrayList<>();
    for (String name : stores.names()) {
      StoreCounters counters = used.get(name);
      rows.add(counters == null ? List.of(name, "not used yet", "0", "0", "0", "0", "")
          : List.of(name, "open", Long.toString(counters.requests()), Long.toString(counters.retries()),
              Long.toString(counters.bytesRead()), Long.toString(counters.bytesWritten()), counters.lastError()));
    }
    return new Answer.Rows(
        List.of("store", "state", "requests", "retries", "bytes_read", "bytes_written", "last_error"), rows);
  }

  private Answer cacheStatistics() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "", "", "", Long.toString(cache.bytes()), Long.toString(cache.blocks()),
        Long.toString(cache.evictions()), Long.toString(cache.limit()), "", ""));
    new TreeMap<>(cache.counters()).forEach((name, counters) -> rows.add(row(name, counters)));
    return new Answer.Rows(List.of("store", "hits", "misses", "bytes_fetched", "bytes", "blocks", "evictions",
        "size_limit", "damaged", "passed_through"), rows);
  }

  private static List<String> row(String name, CacheCounters counters) {
    return List.of(name, Long.toString(counters.hits()), Long.toString(counters.misses()),
        Long.toString(counters.bytesFetched()), "", "", "", "", Long.toString(counters.corrupt()),
        Long.toString(counters.passedThrough()));
  }

  private Answer queue() {
    List<List<String>> rows = new ArrayList<>(staging.rows(MOST_ROWS));
    rows.addAll(deletes.rows(MOST_ROWS));
    return new Answer.Rows(List.of("operation", "store", "key", "due", "failures", "last_error"), rows);
  }

  @Override
  public void close() {
    staging.close();
    deletes.close();
    cache.close();
    stores.close();
  }
}
