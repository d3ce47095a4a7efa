package tamarack.storage.service;

import java.nio.file.Path;
import java.time.Duration;
import tamarack.storage.cache.CacheOptions;
import tamarack.storage.retry.RetryPolicy;

/**
 * How the service runs.
 *
 * @param configuration the file that defines stores
 * @param credentials the file with credentials, or null
 * @param directory for the cache, staged files and journals
 * @param retention how long a deleted object stays, so that a backup restored meanwhile still finds it
 */
public record ServiceOptions(
    Path configuration, Path credentials, Path directory, CacheOptions cache, Duration retention, RetryPolicy retries,
    Identity identity) {
  /** How long deleted objects stay unless told otherwise. */
  public static final Duration DEFAULT_RETENTION = Duration.ofDays(1);
}
