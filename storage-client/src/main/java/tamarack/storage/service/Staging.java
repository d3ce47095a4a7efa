package tamarack.storage.service;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectKeys;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.RetryableException;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;

/**
 * Objects that transactions write. A transaction stages files, has them uploaded while it runs, prepares (all are
 * uploaded, and that is on disk), and then commits or aborts; both may come again, and after a restart.
 *
 * <p>What a transaction uploads is noted on disk before. When the service starts, transactions that had not prepared
 * cannot have committed: their objects are deleted. A prepared one may have committed, and only its client knows: its
 * objects stay until it says commit or abort.
 */
final class Staging implements AutoCloseable {
  private static final int STAGED = 1;
  private static final int PREPARED = 2;
  private static final int ENDED = 3;
  private static final int UPLOADS = 16;
  private static final int MOST_STAGED = 100_000;
  private static final int RECORDS_PER_REWRITE = 10_000;

  /** When the outcome of an upload is unknown, its object may appear this long after the abort. */
  private static final Duration LATE_ARRIVAL = Duration.ofHours(1);

  private final Path directory;
  private final Stores stores;
  private final Ownership ownership;
  private final DeleteQueue deletes;
  private final Semaphore uploads = new Semaphore(UPLOADS);
  private final Map<String, StagingTransaction> transactions = new HashMap<>();
  private final Journal journal;
  private long nextId = 1;
  private int staged;

  Staging(Path directory, Stores stores, Ownership ownership, DeleteQueue deletes) {
    this.directory = directory;
    this.stores = stores;
    this.ownership = ownership;
    this.deletes = deletes;
    try {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
      this.journal = new Journal(directory.resolve("journal"), this::replay);
      removeLeftovers();
    } catch (IOException e) {
      throw new PermanentException(
          FailureKind.CONFIGURATION, "cannot use the directory \"" + directory + "\": " + e.getMessage());
    }
  }

  private void replay(DataInputStream in) throws IOException {
    int kind = in.readByte();
    String name = in.readUTF();
    if (kind == STAGED) {
      long id = in.readLong();
      nextId = Math.max(nextId, id + 1);
      transaction(name).objects.put(
          id, new StagedObject(id, in.readUTF(), in.readUTF(), in.readUTF(), file(id)));
    } else if (kind == PREPARED) {
      transaction(name).state = StagingTransaction.State.PREPARED;
    } else {
      transactions.remove(name);
    }
  }

  private StagingTransaction transaction(String name) {
    return transactions.computeIfAbsent(name, StagingTransaction::new);
  }

  /** Local files of the process before are of no use any more, nor are objects of transactions that never prepared. */
  private void removeLeftovers() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(each -> each.getFileName().toString().endsWith(".staged")).toList()) {
        Files.deleteIfExists(file);
      }
    }
    for (StagingTransaction transaction : transactions.values()) {
      if (transaction.state == StagingTransaction.State.OPEN) {
        deleteObjects(transaction);
        journal.append(List.of(ended(transaction.name)));
        transaction.objects.clear();
        transaction.state = StagingTransaction.State.LOST;
      }
      staged += transaction.objects.size();
    }
  }

  private Path file(long id) {
    return directory.resolve(id + ".staged");
  }

  /** A file to write an object into. */
  synchronized StagedObject stage(String name, String storeName, String key) {
    OpenStore store = stores.get(storeName);
    ObjectKeys.check(key);
    if (staged >= MOST_STAGED) {
      throw new RetryableException(FailureKind.BUSY, staged + " objects are staged already");
    }
    StagingTransaction transaction = open(name);
    StagedObject object =
        new StagedObject(nextId, store.name(), key, ObjectBody.newWriter(), file(nextId));
    try {
      Files.deleteIfExists(object.file);
      Files.createFile(
          object.file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (IOException e) {
      throw new PermanentException(FailureKind.LOCAL_IO, "cannot stage a file: " + e.getMessage());
    }
    nextId++;
    staged++;
    transaction.objects.put(object.id, object);
    return object;
  }

  private StagingTransaction open(String name) {
    if (name.isEmpty() || name.length() > 200) {
      throw new PermanentException(FailureKind.INVALID, "a transaction's name has 1 to 200 characters");
    }
    StagingTransaction transaction = transaction(name);
    if (transaction.state == StagingTransaction.State.LOST) {
      throw new PermanentException(FailureKind.CONFLICT, "the storage service was restarted during transaction \""
          + name + "\", and what it had staged is lost: abort it");
    }
    if (transaction.state == StagingTransaction.State.PREPARED) {
      throw new PermanentException(FailureKind.INVALID, "transaction \"" + name + "\" has been prepared already");
    }
    return transaction;
  }

  /** A staged file is complete: it is uploaded from now on, in the background. */
  void upload(String name, long id) {
    StagedObject object;
    synchronized (this) {
      object = open(name).objects.get(id);
      if (object == null || object.isUploading()) {
        throw new PermanentException(FailureKind.INVALID, "transaction \"" + name + "\" has not staged " + id);
      }
      journal.append(List.of(staged(name, object)));
      object.upload = Thread.ofVirtual().unstarted(() -> upload(object));
    }
    object.upload.start();
  }

  private static Journal.Record staged(String name, StagedObject object) {
    return out -> {
      out.writeByte(STAGED);
      out.writeUTF(name);
      out.writeLong(object.id);
      out.writeUTF(object.store);
      out.writeUTF(object.key);
      out.writeUTF(object.writer);
    };
  }

  private static Journal.Record ended(String name) {
    return out -> {
      out.writeByte(ENDED);
      out.writeUTF(name);
    };
  }

  private static Journal.Record prepared(String name) {
    return out -> {
      out.writeByte(PREPARED);
      out.writeUTF(name);
    };
  }

  private void upload(StagedObject object) {
    boolean acquired = false;
    try {
      uploads.acquire();
      acquired = true;
      OpenStore store = stores.get(object.store);
      ownership.require(store);
      ObjectBody body = ObjectBody.of(object.file).withWriter(object.writer);
      object.outcome.complete(store.store().put(object.key, body, WriteCondition.ABSENT));
    } catch (InterruptedException e) {
      object.outcome.completeExceptionally(new PermanentException(FailureKind.CANCELED, "the upload was given up"));
    } catch (IOException e) {
      object.outcome.completeExceptionally(
          new PermanentException(FailureKind.LOCAL_IO, "cannot read the staged file: " + e.getMessage()));
    } catch (Throwable e) {
      object.outcome.completeExceptionally(e);
    } finally {
      if (acquired) {
        uploads.release();
      }
      deleteQuietly(object.file);
    }
  }

  /** Waits for a transaction's uploads and notes durably that all are there; an interrupt ends the wait. */
  List<ObjectInfo> prepare(String name) {
    List<StagedObject> objects;
    synchronized (this) {
      objects = List.copyOf(open(name).objects.values());
    }
    List<ObjectInfo> uploaded = new ArrayList<>();
    for (StagedObject object : objects) {
      if (!object.isUploading()) {
        throw new PermanentException(FailureKind.INVALID, "the upload of \"" + object.key + "\" was never asked for");
      }
      uploaded.add(await(object).written());
    }
    synchronized (this) {
      StagingTransaction transaction = open(name);
      if (transaction.objects.size() != objects.size()) {
        throw new PermanentException(
            FailureKind.INVALID, "transaction \"" + name + "\" staged more while it was being prepared");
      }
      journal.append(List.of(prepared(name)));
      transaction.state = StagingTransaction.State.PREPARED;
    }
    return uploaded;
  }

  private static WriteOutcome await(StagedObject object) {
    try {
      return object.outcome.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PermanentException(FailureKind.CANCELED, "canceled while waiting for uploads");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StorageException failure) {
        throw StorageException.of(failure.kind(), failure.getMessage());
      }
      throw new PermanentException(FailureKind.INTERNAL, "an upload failed: " + e.getCause().getClass().getName());
    }
  }

  /** A prepared transaction's objects are live. Idempotent. */
  synchronized void commit(String name) {
    StagingTransaction transaction = transactions.get(name);
    if (transaction == null) {
      return;
    }
    if (transaction.state != StagingTransaction.State.PREPARED) {
      throw new PermanentException(FailureKind.INVALID, "transaction \"" + name + "\" has not been prepared");
    }
    end(transaction);
  }

  /** A transaction's objects are not wanted: uploads are given up, and objects deleted. Idempotent. */
  void abort(String name) {
    StagingTransaction transaction;
    synchronized (this) {
      transaction = transactions.get(name);
    }
    if (transaction == null) {
      return;
    }
    for (StagedObject object : transaction.objects.values()) {
      if (object.isUploading()) {
        object.upload.interrupt();
        joinQuietly(object.upload);
      }
      deleteQuietly(object.file);
    }
    synchronized (this) {
      deleteObjects(transaction);
      end(transaction);
    }
  }

  /** The deletes are on disk before the transaction's end is: a crash between the two repeats them. */
  private void deleteObjects(StagingTransaction transaction) {
    List<DeleteQueue.Target> now = new ArrayList<>();
    List<DeleteQueue.Target> late = new ArrayList<>();
    for (StagedObject object : transaction.objects.values()) {
      DeleteQueue.Target target = new DeleteQueue.Target(object.store, object.key, object.writer);
      now.add(target);
      boolean known = object.outcome.isDone() && !object.outcome.isCompletedExceptionally()
          && !(object.outcome.join() instanceof WriteOutcome.Unknown);
      if (!known) {
        late.add(target);
      }
    }
    deletes.add(now, Duration.ZERO);
    deletes.add(late, LATE_ARRIVAL);
  }

  private void end(StagingTransaction transaction) {
    journal.append(List.of(ended(transaction.name)));
    transactions.remove(transaction.name);
    staged -= transaction.objects.size();
    if (journal.records() > RECORDS_PER_REWRITE) {
      rewrite();
    }
  }

  private void rewrite() {
    List<Journal.Record> kept = new ArrayList<>();
    for (StagingTransaction transaction : transactions.values()) {
      transaction.objects.values().stream()
          .filter(object -> object.isUploading() || transaction.state == StagingTransaction.State.PREPARED)
          .forEach(object -> kept.add(staged(transaction.name, object)));
      if (transaction.state == StagingTransaction.State.PREPARED) {
        kept.add(prepared(transaction.name));
      }
    }
    journal.rewrite(kept);
  }

  /** Undecided transactions, as rows of transaction, state, store and key. */
  synchronized List<List<String>> pending(int most) {
    return transactions.values().stream()
        .flatMap(transaction -> transaction.objects.values().stream().map(object -> List.of(
            transaction.name, transaction.state.name().toLowerCase(), object.store, object.key)))
        .limit(most).toList();
  }

  /** Uploads that wait or are under way, as rows like those of the delete queue. */
  synchronized List<List<String>> rows(int most) {
    return transactions.values().stream().flatMap(transaction -> transaction.objects.values().stream())
        .filter(object -> object.isUploading() && !object.outcome.isDone())
        .map(object -> List.of("upload", object.store, object.key, "", "0", "")).limit(most).toList();
  }

  private static void joinQuietly(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PermanentException(FailureKind.CANCELED, "canceled while giving up uploads");
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // It is removed at the next start.
      return;
    }
  }

  /** Gives up the uploads; what they were to upload is dealt with at the next start. */
  @Override
  public void close() {
    List<Thread> threads = new ArrayList<>();
    synchronized (this) {
      transactions.values().forEach(transaction -> transaction.objects.values().stream()
          .filter(StagedObject::isUploading).forEach(object -> threads.add(object.upload)));
    }
    threads.forEach(Thread::interrupt);
    threads.forEach(Staging::joinQuietly);
    journal.close();
  }
}
