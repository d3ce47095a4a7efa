package tamarack.storage.retry;

import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListPage;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.RetryableException;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;

/**
 * A store that tries again what may succeed later, with jittered pauses and within a budget. When the answer to a
 * write is lost, it looks whether our object is there, by the writer's token and the checksum; what it cannot find out
 * is {@link WriteOutcome.Unknown}.
 */
public final class RetryingStore implements ObjectStore {
  private final ObjectStore store;
  private final RetryPolicy policy;
  private final RetryBudget budget;
  private final StoreCounters counters = new StoreCounters();

  /** Closing it closes the store. */
  public RetryingStore(ObjectStore store, RetryPolicy policy, RetryBudget budget) {
    this.store = store;
    this.policy = policy;
    this.budget = budget;
  }

  /** What has been asked of the store. */
  public StoreCounters counters() {
    return counters;
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return retry(() -> store.head(key));
  }

  @Override
  public InputStream open(ObjectInfo object, long offset, long length) {
    return new ResumingStream(store, object, offset, length, tries(), counters);
  }

  @Override
  public ListPage list(String prefix, String page, int limit) {
    return retry(() -> store.list(prefix, page, limit));
  }

  @Override
  public WriteOutcome put(String key, ObjectBody body, WriteCondition condition) {
    Tries tries = tries();
    while (true) {
      try {
        counters.request();
        WriteOutcome outcome = store.put(key, body, condition);
        if (outcome instanceof WriteOutcome.Conflict && tries.failed()) {
          // An earlier try whose answer was lost may be what is in the way.
          return look(key, body).orElse(outcome);
        }
        if (outcome instanceof WriteOutcome.Written) {
          counters.written(body.length());
        }
        tries.succeeded();
        return outcome;
      } catch (RetryableException e) {
        Optional<WriteOutcome> decided = decide(key, body, condition, tries, e);
        if (decided.isPresent()) {
          return decided.get();
        }
      } catch (PermanentException e) {
        if (e.kind() == FailureKind.CANCELED) {
          return new WriteOutcome.Unknown(key, e);
        }
        throw e;
      }
    }
  }

  /**
   * After a lost answer: what is known, or empty when the write is to be tried again. Trying again is safe, whether
   * or not the lost request still arrives: the condition holds for at most one of the two, and either is ours.
   */
  private Optional<WriteOutcome> decide(
      String key, ObjectBody body, WriteCondition condition, Tries tries, RetryableException failure) {
    try {
      tries.pauseAfter(failure);
    } catch (RetryableException last) {
      return Optional.of(lookLast(key, body, last));
    } catch (PermanentException canceled) {
      return Optional.of(new WriteOutcome.Unknown(key, canceled));
    }
    if (condition == WriteCondition.NONE) {
      return Optional.empty();
    }
    try {
      counters.request();
      return decide(key, body, condition, store.head(key));
    } catch (RetryableException e) {
      counters.failure(e);
      return Optional.empty();
    }
  }

  private static Optional<WriteOutcome> decide(
      String key, ObjectBody body, WriteCondition condition, Optional<ObjectInfo> present) {
    if (present.filter(object -> isOurs(object, body)).isPresent()) {
      return Optional.of(new WriteOutcome.Written(present.get(), true));
    }
    boolean mayStillHold = switch (condition) {
      case WriteCondition.None none -> true;
      case WriteCondition.Absent absent -> present.isEmpty();
      case WriteCondition.Matches matches ->
          present.filter(object -> object.version().equals(matches.version())).isPresent();
    };
    return mayStillHold ? Optional.empty() : Optional.of(new WriteOutcome.Conflict(key));
  }

  /** No tries are left: one look, for ours may be there. Whatever else it shows, the lost request may still arrive. */
  private WriteOutcome lookLast(String key, ObjectBody body, RetryableException failure) {
    try {
      return look(key, body).orElse(new WriteOutcome.Unknown(key, failure));
    } catch (StorageException e) {
      return new WriteOutcome.Unknown(key, failure);
    }
  }

  private Optional<WriteOutcome> look(String key, ObjectBody body) {
    return retry(() -> store.head(key)).filter(object -> isOurs(object, body))
        .map(object -> new WriteOutcome.Written(object, true));
  }

  private static boolean isOurs(ObjectInfo object, ObjectBody body) {
    return object.writer().equals(body.writer()) && object.checksum() == body.checksum()
        && object.length() == body.length();
  }

  @Override
  public Map<String, StorageException> delete(List<String> keys) {
    Map<String, StorageException> failures = new HashMap<>();
    List<String> left = new ArrayList<>(keys);
    Tries tries = tries();
    while (!left.isEmpty()) {
      counters.request();
      Map<String, StorageException> failed = store.delete(left);
      left.clear();
      RetryableException again = null;
      for (Map.Entry<String, StorageException> entry : failed.entrySet()) {
        counters.failure(entry.getValue());
        failures.put(entry.getKey(), entry.getValue());
        if (entry.getValue() instanceof RetryableException retryable) {
          again = retryable;
          left.add(entry.getKey());
        }
      }
      if (again == null) {
        return failures;
      }
      try {
        tries.pauseAfter(again);
      } catch (RetryableException last) {
        return failures;
      }
      left.forEach(failures::remove);
    }
    return failures;
  }

  @Override
  public int abandonUploads(Instant before) {
    return retry(() -> store.abandonUploads(before));
  }

  @Override
  public void close() {
    store.close();
  }

  private <T> T retry(Supplier<T> call) {
    Tries tries = tries();
    while (true) {
      try {
        counters.request();
        T result = call.get();
        tries.succeeded();
        return result;
      } catch (RetryableException e) {
        tries.pauseAfter(e);
      }
    }
  }

  private Tries tries() {
    return new Tries(policy, budget, counters);
  }

  @Override
  public String toString() {
    return store.toString();
  }
}
