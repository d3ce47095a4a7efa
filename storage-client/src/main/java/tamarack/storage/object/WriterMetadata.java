package tamarack.storage.object;

import java.util.Map;
import java.util.TreeMap;

/** What we note with every object at the provider: names that all of them allow. */
public final class WriterMetadata {
  private static final String CHECKSUM = "tamarackcrc32c";
  private static final String WRITER = "tamarackwriter";

  private WriterMetadata() {}

  /** The notes that go with a body. */
  public static Map<String, String> of(ObjectBody body) {
    return Map.of(CHECKSUM, Checksum.hex(body.checksum()), WRITER, body.writer());
  }

  /** The object that a provider describes; its notes may be any, of any case, or null. */
  public static ObjectInfo info(String key, long length, String version, Map<String, String> metadata) {
    Map<String, String> notes = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (metadata != null) {
      notes.putAll(metadata);
    }
    return new ObjectInfo(
        key, length, version, Checksum.parseHex(notes.get(CHECKSUM)), notes.getOrDefault(WRITER, ""));
  }
}
