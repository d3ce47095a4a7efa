package tamarack.storage.object;

/** Checks the ranges that callers ask for. */
public final class Ranges {
  private Ranges() {}

  /** Fails with INVALID when a range is not within an object. */
  public static void check(ObjectInfo object, long offset, long length) {
    if (offset < 0 || length < 0 || offset > object.length() - length) {
      throw new PermanentException(FailureKind.INVALID, "bytes " + offset + " and " + length + " more of \""
          + object.key() + "\", which has " + object.length());
    }
  }
}
