package tamarack.storage.object;

import java.time.Instant;

/**
 * An object as a listing shows it.
 *
 * @param key without the prefix of the store
 * @param length in bytes
 * @param modified when it was written, by the provider's clock
 */
public record ListedObject(String key, long length, Instant modified) {}
