package tamarack.storage.service;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.RetryableException;
import tamarack.storage.object.StorageException;

/**
 * Objects to delete when their time has come. What was queued is on disk, and stays queued until the store says that
 * the object is gone. Deletes happen only where we are the owner.
 */
final class DeleteQueue implements AutoCloseable {
  private static final int ADD = 1;
  private static final int DONE = 2;
  private static final int BATCH = 500;
  private static final int MOST_QUEUED = 200_000;
  private static final int RECORDS_PER_REWRITE = 10_000;
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  /**
   * An object to delete.
   *
   * @param writer delete it only if this write made it; "" for any
   */
  record Target(String store, String key, String writer) {}

  /** A target in the queue. */
  static final class Item {
    final long id;
    final Target target;
    final Instant due;
    int failures;
    Instant notBefore;
    String lastError = "";

    Item(long id, Target target, Instant due) {
      this.id = id;
      this.target = target;
      this.due = due;
      this.notBefore = due;
    }
  }

  private final InstantSource clock;
  private final Stores stores;
  private final Ownership ownership;
  private final Map<Long, Item> items = new LinkedHashMap<>();
  private final Journal journal;
  private long nextId = 1;

  DeleteQueue(Path file, Stores stores, Ownership ownership, InstantSource clock) {
    this.clock = clock;
    this.stores = stores;
    this.ownership = ownership;
    this.journal = new Journal(file, this::replay);
  }

  private void replay(DataInputStream in) throws IOException {
    int kind = in.readByte();
    long id = in.readLong();
    nextId = Math.max(nextId, id + 1);
    if (kind == ADD) {
      Target target = new Target(in.readUTF(), in.readUTF(), in.readUTF());
      items.put(id, new Item(id, target, Instant.ofEpochMilli(in.readLong())));
    } else {
      items.remove(id);
    }
  }

  private static Journal.Record added(Item item) {
    return out -> {
      out.writeByte(ADD);
      out.writeLong(item.id);
      out.writeUTF(item.target.store());
      out.writeUTF(item.target.key());
      out.writeUTF(item.target.writer());
      out.writeLong(item.due.toEpochMilli());
    };
  }

  /** Queues targets to be deleted after a time; they are on disk when it returns. */
  synchronized void add(List<Target> targets, Duration after) {
    if (targets.isEmpty()) {
      return;
    }
    if (items.size() + targets.size() > MOST_QUEUED) {
      throw new RetryableException(FailureKind.BUSY, items.size() + " deletes are waiting already");
    }
    Instant due = clock.instant().plus(after);
    List<Item> added = new ArrayList<>();
    for (Target target : targets) {
      added.add(new Item(nextId++, target, due));
    }
    journal.append(added.stream().map(DeleteQueue::added).toList());
    added.forEach(item -> items.put(item.id, item));
  }

  /** Deletes what is due, as far as the stores allow; returns how many are gone. */
  int run() {
    Map<String, List<Item>> byStore = new LinkedHashMap<>();
    synchronized (this) {
      Instant now = clock.instant();
      for (Item item : items.values()) {
        if (!item.notBefore.isAfter(now)) {
          byStore.computeIfAbsent(item.target.store(), name -> new ArrayList<>()).add(item);
        }
      }
    }
    int gone = 0;
    for (Map.Entry<String, List<Item>> entry : byStore.entrySet()) {
      List<Item> due = entry.getValue();
      for (int start = 0; start < due.size(); start += BATCH) {
        gone += delete(entry.getKey(), due.subList(start, Math.min(due.size(), start + BATCH)));
      }
    }
    return gone;
  }

  private int delete(String name, List<Item> batch) {
    try {
      OpenStore store = stores.get(name);
      ownership.requireNow(store);
      List<Item> gone = new ArrayList<>();
      List<String> keys = new ArrayList<>();
      for (Item item : batch) {
        if (isStranger(store, item)) {
          gone.add(item);
        } else {
          keys.add(item.target.key());
        }
      }
      Map<String, StorageException> failures = store.store().delete(keys);
      for (Item item : batch) {
        StorageException failure = failures.get(item.target.key());
        if (failure != null) {
          postpone(item, failure);
        } else if (!gone.contains(item)) {
          gone.add(item);
        }
      }
      done(gone);
      return gone.size();
    } catch (StorageException e) {
      batch.forEach(item -> postpone(item, e));
      return 0;
    }
  }

  /** Whether what is under an item's key is not what was to be deleted. */
  private static boolean isStranger(OpenStore store, Item item) {
    if (item.target.writer().isEmpty()) {
      return false;
    }
    Optional<ObjectInfo> present = store.store().head(item.target.key());
    return present.filter(object -> object.writer().equals(item.target.writer())).isEmpty();
  }

  private synchronized void postpone(Item item, StorageException failure) {
    item.failures++;
    item.lastError = failure.getMessage();
    long pause = FIRST_PAUSE.toMillis() << Math.min(item.failures - 1, 20);
    item.notBefore = clock.instant().plusMillis(Math.min(pause, LONGEST_PAUSE.toMillis()));
  }

  private synchronized void done(List<Item> gone) {
    journal.append(gone.stream().map(item -> (Journal.Record) out -> {
      out.writeByte(DONE);
      out.writeLong(item.id);
    }).toList());
    gone.forEach(item -> items.remove(item.id));
    if (journal.records() > RECORDS_PER_REWRITE + 2L * items.size()) {
      journal.rewrite(items.values().stream().map(DeleteQueue::added).toList());
    }
  }

  /** What waits, as rows of store, key, due, failures and last error; at most so many. */
  synchronized List<List<String>> rows(int most) {
    return items.values().stream().limit(most)
        .map(item -> List.of("delete", item.target.store(), item.target.key(), item.due.toString(),
            Integer.toString(item.failures), item.lastError))
        .toList();
  }

  /** How many wait. */
  synchronized int size() {
    return items.size();
  }

  @Override
  public void close() {
    journal.close();
  }
}
