package tamarack.storage.service;

import tamarack.storage.cache.CacheSource;
import tamarack.storage.config.Credential;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.retry.RetryingStore;

/**
 * A store as the service uses it.
 *
 * @param source what the cache fetches from, the same store
 */
record OpenStore(StoreDefinition definition, Credential credential, RetryingStore store, CacheSource source) {
  String name() {
    return definition.name();
  }
}
