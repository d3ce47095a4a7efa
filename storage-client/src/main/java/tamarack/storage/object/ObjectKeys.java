package tamarack.storage.object;

import java.nio.charset.StandardCharsets;

/** What a key may be, in every store. */
public final class ObjectKeys {
  /** In bytes of UTF-8, with the prefix of the store; the least that the providers allow. */
  public static final int MAX_BYTES = 1024;

  private ObjectKeys() {}

  /** Returns a key that every store can hold; fails with INVALID on any other. */
  public static String check(String key) {
    if (key.isEmpty() || key.startsWith("/") || key.endsWith("/") || key.contains("//")) {
      throw invalid(key, "its parts must not be empty");
    }
    for (String part : key.split("/")) {
      if (part.equals(".") || part.equals("..")) {
        throw invalid(key, "\".\" and \"..\" are no parts of a key");
      }
    }
    if (key.chars().anyMatch(c -> c < ' ' || c == 0x7f || c == '\\' || Character.isSurrogate((char) c))) {
      throw invalid(key, "it has a character that not every store allows");
    }
    if (key.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw invalid(key, "it is longer than " + MAX_BYTES + " bytes");
    }
    return key;
  }

  /** A prefix in front of keys: "" or a key and a slash. */
  public static String prefix(String prefix) {
    String bare = prefix.replaceAll("^/+|/+$", "");
    return bare.isEmpty() ? "" : check(bare) + "/";
  }

  private static PermanentException invalid(String key, String why) {
    String shown = key.length() > 80 ? key.substring(0, 80) + "…" : key;
    return new PermanentException(FailureKind.INVALID, "\"" + shown + "\" cannot be an object's key: " + why);
  }
}
