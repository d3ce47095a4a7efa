package tamarack.storage.object;

/** What must hold for a write to happen. */
public sealed interface WriteCondition {
  /** The write happens whatever is there. */
  WriteCondition NONE = new None();

  /** The write happens only if there is no object under the key. */
  WriteCondition ABSENT = new Absent();

  /** The write happens only if the object under the key is this version. */
  static WriteCondition matches(String version) {
    return new Matches(version);
  }

  /** See {@link #NONE}. */
  record None() implements WriteCondition {}

  /** See {@link #ABSENT}. */
  record Absent() implements WriteCondition {}

  /**
   * See {@link #matches}.
   *
   * @param version of {@link ObjectInfo#version}
   */
  record Matches(String version) implements WriteCondition {}
}
