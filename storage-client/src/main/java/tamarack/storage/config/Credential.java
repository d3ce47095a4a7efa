package tamarack.storage.config;

import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/** A named entry of the credentials file: names and secret values, which ones depends on the provider. */
public final class Credential {
  /** No entry: the provider's default chain. */
  public static final Credential DEFAULT_CHAIN = new Credential("", Map.of());

  private final String name;
  private final Map<String, Secret> values;

  public Credential(String name, Map<String, Secret> values) {
    this.name = name;
    this.values = Map.copyOf(values);
  }

  /** Whether the provider is to find credentials by itself. */
  public boolean isDefaultChain() {
    return values.isEmpty();
  }

  /** A value that the entry may have. */
  public Optional<String> optional(String key) {
    return Optional.ofNullable(values.get(key)).map(Secret::reveal);
  }

  /** A value that the entry must have. */
  public String required(String key) {
    return optional(key).orElseThrow(() -> new PermanentException(FailureKind.CONFIGURATION,
        "the credentials \"" + name + "\" have no " + key + "; they have " + new TreeSet<>(values.keySet())));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Credential credential && credential.name.equals(name) && credential.values.equals(values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return isDefaultChain() ? "(default chain)" : "credentials " + name;
  }
}
