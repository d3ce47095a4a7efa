package tamarack.storage.service;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tamarack.storage.object.ObjectInfo;

/** What is known of objects whose keys are written once. Bounded; forgets what was asked for least recently. */
final class HeadCache {
  private static final int MOST = 10_000;

  private record Name(String store, String key) {}

  private final Map<Name, ObjectInfo> objects = new LinkedHashMap<>(64, 0.75f, true);

  synchronized Optional<ObjectInfo> get(OpenStore store, String key) {
    return Optional.ofNullable(objects.get(new Name(store.source().identity(), key)));
  }

  synchronized void put(OpenStore store, ObjectInfo object) {
    objects.put(new Name(store.source().identity(), object.key()), object);
    if (objects.size() > MOST) {
      objects.remove(objects.keySet().iterator().next());
    }
  }

  synchronized void forget(OpenStore store, String key) {
    objects.remove(new Name(store.source().identity(), key));
  }
}
