package tamarack.storage.config;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectKeys;
import tamarack.storage.object.PermanentException;

/**
 * Where a store is and how to reach it. Holds no secrets: credentials stand here by name.
 *
 * @param name by which clients ask for the store
 * @param protocol s3, gcs, azure, directory or memory
 * @param bucket bucket, container, or the path of a directory
 * @param prefix before all keys: "" or ending in "/"
 * @param region "" for the provider's default
 * @param endpoint "" for the provider's own
 * @param account the storage account, azure only
 * @param credentials an entry of the credentials file, "" for the provider's default chain
 * @param storageClass "" for the bucket's default
 * @param serverSideEncryption "" for the bucket's default; s3: AES256, aws:kms or aws:kms:KEY
 * @param maxConnections at a time
 * @param timeout for a connection, and for each wait for bytes
 */
public record StoreDefinition(
    String name, String protocol, String bucket, String prefix, String region, String endpoint, boolean pathStyle,
    String account, String credentials, String storageClass, String serverSideEncryption, int maxConnections,
    Duration timeout) {
  /** Protocols, as users write them. */
  public static final List<String> PROTOCOLS = List.of("s3", "gcs", "azure", "directory", "memory");

  /** Options, as users write them. */
  public static final List<String> OPTIONS = List.of(
      "protocol", "bucket", "prefix", "region", "endpoint", "path_style", "account", "credentials", "storage_class",
      "server_side_encryption", "max_connections", "timeout");

  private static final int DEFAULT_CONNECTIONS = 64;
  private static final int DEFAULT_TIMEOUT_SECONDS = 30;

  /** Reads a definition; fails with CONFIGURATION on an unknown, missing or contradictory option, which it names. */
  public static StoreDefinition of(String name, Map<String, String> options) {
    Map<String, String> left = new TreeMap<>(options);
    String protocol = take(left, "protocol", "");
    if (!PROTOCOLS.contains(protocol)) {
      throw wrong(name, "protocol must be one of " + PROTOCOLS + ", not \"" + protocol + "\"");
    }
    StoreDefinition definition = new StoreDefinition(
        name, protocol, take(left, "bucket", ""), ObjectKeys.prefix(take(left, "prefix", "")),
        take(left, "region", ""), take(left, "endpoint", ""),
        truth(name, "path_style", take(left, "path_style", "off")),
        take(left, "account", ""), take(left, "credentials", ""), take(left, "storage_class", ""),
        take(left, "server_side_encryption", ""),
        number(name, "max_connections", take(left, "max_connections", "" + DEFAULT_CONNECTIONS), 1, 4096),
        Duration.ofSeconds(number(name, "timeout", take(left, "timeout", "" + DEFAULT_TIMEOUT_SECONDS), 1, 3600)));
    if (!left.isEmpty()) {
      throw wrong(name, "unknown option " + left.keySet().iterator().next() + "; there are " + OPTIONS);
    }
    definition.check();
    return definition;
  }

  private void check() {
    if (bucket.isEmpty() && !protocol.equals("memory")) {
      throw wrong(name, "bucket is missing");
    }
    only("azure", "account", account);
    only("s3", "region", region);
    only("s3", "server_side_encryption", serverSideEncryption);
    only("s3", "path_style", pathStyle ? "on" : "");
    if (protocol.equals("azure") && account.isEmpty() && endpoint.isEmpty()) {
      throw wrong(name, "account is missing");
    }
    if (!endpoint.isEmpty()) {
      URI uri = endpointUri();
      if (uri.getHost() == null || uri.getUserInfo() != null || uri.getQuery() != null
          || !List.of("http", "https").contains(uri.getScheme())) {
        throw wrong(name, "endpoint must look like https://host:port");
      }
    }
  }

  private void only(String owner, String option, String value) {
    if (!value.isEmpty() && !protocol.equals(owner)) {
      throw wrong(name, option + " is an option of protocol " + owner + ", not of " + protocol);
    }
  }

  /** The endpoint, which must not be empty. */
  public URI endpointUri() {
    try {
      return URI.create(endpoint);
    } catch (IllegalArgumentException e) {
      throw wrong(name, "endpoint must look like https://host:port");
    }
  }

  /** What the objects are, whatever the store is called: equal identities may share cached bytes. */
  public String identity() {
    List<String> parts = new ArrayList<>(List.of(protocol, endpoint, account, bucket, prefix));
    if (protocol.equals("memory")) {
      parts.add(name);
    }
    return String.join("\n", parts);
  }

  private static String take(Map<String, String> options, String key, String preset) {
    String value = options.remove(key);
    return value == null ? preset : value;
  }

  private static boolean truth(String name, String option, String value) {
    return switch (value) {
      case "on", "true", "yes", "1" -> true;
      case "off", "false", "no", "0" -> false;
      default -> throw wrong(name, option + " must be on or off");
    };
  }

  private static int number(String name, String option, String value, int least, int most) {
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw wrong(name, option + " must be a number from " + least + " to " + most);
    }
    throw wrong(name, option + " must be a number from " + least + " to " + most);
  }

  private static PermanentException wrong(String name, String why) {
    return new PermanentException(FailureKind.CONFIGURATION, "store \"" + name + "\": " + why);
  }
}
