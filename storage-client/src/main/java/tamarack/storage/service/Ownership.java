package tamarack.storage.service;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;
import tamarack.storage.retry.RetryingStore;

/**
 * Whose a store's prefix is: an object in it names the system and its timeline. Who is not the owner may read, and must
 * not write or delete until it takes over. The first one that writes becomes the owner.
 */
final class Ownership {
  /** The object that names the owner. */
  static final String KEY = "tamarack-owner";

  /** Writes trust an earlier look for so long; deletes always look. */
  private static final Duration TRUST = Duration.ofSeconds(10);

  private static final int MOST_BYTES = 4096;

  private final Identity identity;
  private final InstantSource clock;
  /** That we own a prefix: by which version of the object, and when that was seen last. */
  private record Seen(String version, Instant when) {}

  private final Map<String, Seen> seen = new ConcurrentHashMap<>();

  Ownership(Identity identity, InstantSource clock) {
    this.identity = identity;
    this.clock = clock;
  }

  /** Returns when we own a store's prefix; otherwise fails with NOT_OWNER. */
  void require(OpenStore store) {
    Seen last = seen.get(store.definition().identity());
    if (last == null || last.when.plus(TRUST).isBefore(clock.instant())) {
      requireNow(store);
    }
  }

  /** The same, with a look at the store in any case. */
  void requireNow(OpenStore store) {
    Optional<ObjectInfo> present = store.store().head(KEY);
    if (present.isEmpty()) {
      store.store().put(KEY, ObjectBody.of(text()), WriteCondition.ABSENT);
      present = store.store().head(KEY);
    }
    String name = store.definition().identity();
    Seen last = seen.get(name);
    boolean same = last != null && present.filter(object -> object.version().equals(last.version)).isPresent();
    Optional<Identity> owner = same ? Optional.of(identity) : present.map(object -> read(store.store(), object));
    if (!owner.equals(Optional.of(identity))) {
      seen.remove(name);
      throw notOwner(store, owner);
    }
    seen.put(name, new Seen(present.get().version(), clock.instant()));
  }

  private PermanentException notOwner(OpenStore store, Optional<Identity> owner) {
    String whose = owner.map(other -> "system " + other.system() + ", timeline " + other.timeline())
        .orElse("nobody, and that did not change");
    return new PermanentException(FailureKind.NOT_OWNER, "store \"" + store.name() + "\" belongs to " + whose
        + "; this is system " + identity.system() + ", timeline " + identity.timeline()
        + ": it may only read there until it takes over");
  }

  /** Who owns a store's prefix; empty when nobody does. */
  Optional<Identity> owner(OpenStore store) {
    return store.store().head(KEY).map(object -> read(store.store(), object));
  }

  /** Makes us the owner, whoever was. */
  void takeOver(OpenStore store) {
    Optional<ObjectInfo> present = store.store().head(KEY);
    WriteCondition condition =
        present.map(object -> WriteCondition.matches(object.version())).orElse(WriteCondition.ABSENT);
    WriteOutcome outcome = store.store().put(KEY, ObjectBody.of(text()), condition);
    if (outcome instanceof WriteOutcome.Conflict) {
      throw new PermanentException(
          FailureKind.CONFLICT, "another system took store \"" + store.name() + "\" over at the same time");
    }
    seen.put(store.definition().identity(), new Seen(outcome.written().version(), clock.instant()));
  }

  private byte[] text() {
    return ("system_identifier = " + identity.system() + "\ntimeline = " + identity.timeline() + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Identity read(RetryingStore store, ObjectInfo object) {
    try (InputStream in = store.open(object, 0, Math.min(MOST_BYTES, object.length()))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      String system = "";
      long timeline = -1;
      for (String line : text.split("\n")) {
        String[] parts = line.split(" = ", 2);
        if (parts[0].equals("system_identifier")) {
          system = parts[1];
        } else if (parts[0].equals("timeline")) {
          timeline = Long.parseLong(parts[1].strip());
        }
      }
      return new Identity(system, timeline);
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      // Somebody wrote it, and it was not us.
      return new Identity("(unreadable)", -1);
    }
  }
}
