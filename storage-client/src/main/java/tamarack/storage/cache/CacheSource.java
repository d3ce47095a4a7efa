package tamarack.storage.cache;

import tamarack.storage.object.ObjectStore;

/**
 * Where misses are fetched from.
 *
 * @param name for statistics
 * @param identity what the objects are, whatever the store is called, see {@code StoreDefinition.identity}
 */
public record CacheSource(String name, String identity, ObjectStore store) {}
