package tamarack.storage.memory;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListPage;
import tamarack.storage.object.ListedObject;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectKeys;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.Ranges;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;

/** Objects in memory: the simplest store that keeps the contract. For tests and for trying things out. */
public final class MemoryStore implements ObjectStore {
  private static final Comparator<String> UTF8_ORDER =
      Comparator.comparing(key -> key.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  private record Stored(ObjectInfo info, byte[] bytes, Instant modified) {}

  private final TreeMap<String, Stored> objects = new TreeMap<>(UTF8_ORDER);
  private long generations;

  @Override
  public synchronized Optional<ObjectInfo> head(String key) {
    return Optional.ofNullable(objects.get(ObjectKeys.check(key))).map(Stored::info);
  }

  @Override
  public synchronized InputStream open(ObjectInfo object, long offset, long length) {
    Ranges.check(object, offset, length);
    Stored stored = objects.get(object.key());
    if (stored == null) {
      throw new PermanentException(FailureKind.NOT_FOUND, "there is no object \"" + object.key() + "\"");
    }
    if (!stored.info.version().equals(object.version())) {
      throw new PermanentException(FailureKind.CHANGED, "the object \"" + object.key() + "\" was replaced");
    }
    return new ByteArrayInputStream(stored.bytes, (int) offset, (int) length);
  }

  @Override
  public WriteOutcome put(String key, ObjectBody body, WriteCondition condition) {
    ObjectKeys.check(key);
    byte[] bytes = read(body);
    synchronized (this) {
      Stored present = objects.get(key);
      boolean holds = switch (condition) {
        case WriteCondition.None none -> true;
        case WriteCondition.Absent absent -> present == null;
        case WriteCondition.Matches matches ->
            present != null && present.info.version().equals(matches.version());
      };
      if (!holds) {
        return new WriteOutcome.Conflict(key);
      }
      ObjectInfo info =
          new ObjectInfo(key, bytes.length, Long.toString(++generations), body.checksum(), body.writer());
      objects.put(key, new Stored(info, bytes, Instant.now()));
      return new WriteOutcome.Written(info);
    }
  }

  @Override
  public synchronized ListPage list(String prefix, String page, int limit) {
    List<ListedObject> found = new ArrayList<>();
    String start = page.isEmpty() ? prefix : page;
    for (Map.Entry<String, Stored> entry : objects.tailMap(start, page.isEmpty()).entrySet()) {
      if (!entry.getKey().startsWith(prefix)) {
        break;
      }
      if (found.size() == limit) {
        return new ListPage(found, found.getLast().key());
      }
      found.add(new ListedObject(entry.getKey(), entry.getValue().bytes.length, entry.getValue().modified));
    }
    return new ListPage(found, "");
  }

  @Override
  public synchronized Map<String, StorageException> delete(List<String> keys) {
    keys.forEach(ObjectKeys::check);
    keys.forEach(objects::remove);
    return Map.of();
  }

  @Override
  public void close() {}

  private static byte[] read(ObjectBody body) {
    try (InputStream in = body.open()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new PermanentException(FailureKind.LOCAL_IO, "cannot read what to write: " + e.getMessage());
    }
  }
}
