package tamarack.storage.service;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tamarack.storage.cache.CacheSource;
import tamarack.storage.config.ConfigurationFile;
import tamarack.storage.config.Credential;
import tamarack.storage.config.CredentialsFile;
import tamarack.storage.config.StoreDefinition;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;
import tamarack.storage.retry.RetryBudget;
import tamarack.storage.retry.RetryPolicy;
import tamarack.storage.retry.RetryingStore;

/** The stores that the configuration defines, by name; opened at first use, and anew when their definition changes. */
final class Stores implements AutoCloseable {
  private static final int BUDGET = 500;

  private final Path configuration;
  private final Path credentialsFile;
  private final RetryPolicy policy;
  private final Map<String, OpenStore> open = new TreeMap<>();
  private List<OpenStore> retired = new ArrayList<>();
  private Map<String, StoreDefinition> definitions;
  private Map<String, Credential> credentials;

  /** @param credentialsFile null when there is none */
  Stores(Path configuration, Path credentialsFile, RetryPolicy policy) {
    this.configuration = configuration;
    this.credentialsFile = credentialsFile;
    this.policy = policy;
    this.definitions = ConfigurationFile.read(configuration);
    this.credentials = readCredentials();
  }

  private Map<String, Credential> readCredentials() {
    return credentialsFile == null ? Map.of() : CredentialsFile.read(credentialsFile);
  }

  /** Reads both files again. When one of them is wrong, nothing changes. */
  synchronized void reload() {
    Map<String, StoreDefinition> newDefinitions = ConfigurationFile.read(configuration);
    credentials = readCredentials();
    definitions = newDefinitions;
    // Calls may still be under way on stores that went away just now, hardly on those of the reload before.
    retired.forEach(store -> store.store().close());
    retired = new ArrayList<>();
    open.values().removeIf(store -> {
      boolean same = store.definition().equals(definitions.get(store.name()))
          && store.credential().equals(credentialOrNone(store.definition()));
      if (!same) {
        retired.add(store);
      }
      return !same;
    });
  }

  /** The store of a name; fails with CONFIGURATION when there is none. */
  synchronized OpenStore get(String name) {
    OpenStore store = open.get(name);
    if (store != null) {
      return store;
    }
    StoreDefinition definition = definitions.get(name);
    if (definition == null) {
      throw new PermanentException(
          FailureKind.CONFIGURATION, "there is no store \"" + name + "\"; defined are " + definitions.keySet());
    }
    Credential credential = credential(definition);
    RetryingStore retrying =
        new RetryingStore(StoreFactory.open(definition, credential), policy, new RetryBudget(BUDGET));
    OpenStore opened =
        new OpenStore(definition, credential, retrying, new CacheSource(name, definition.identity(), retrying));
    open.put(name, opened);
    return opened;
  }

  private Credential credential(StoreDefinition definition) {
    if (definition.credentials().isEmpty()) {
      return Credential.DEFAULT_CHAIN;
    }
    Credential credential = credentials.get(definition.credentials());
    if (credential == null) {
      throw new PermanentException(FailureKind.CONFIGURATION, "store \"" + definition.name()
          + "\": the credentials file has no entry \"" + definition.credentials() + "\"");
    }
    return credential;
  }

  private Credential credentialOrNone(StoreDefinition definition) {
    return definition.credentials().isEmpty()
        ? Credential.DEFAULT_CHAIN : credentials.get(definition.credentials());
  }

  /** Names of all stores. */
  synchronized List<String> names() {
    return List.copyOf(definitions.keySet());
  }

  /** The stores that have been used. */
  synchronized List<OpenStore> inUse() {
    return List.copyOf(open.values());
  }

  @Override
  public synchronized void close() {
    open.values().forEach(store -> store.store().close());
    retired.forEach(store -> store.store().close());
    open.clear();
    retired.clear();
  }
}
