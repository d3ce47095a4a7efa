package tamarack.storage.object;

/** How a write ended. */
public sealed interface WriteOutcome {
  /**
   * Our object is there.
   *
   * @param lookedUp the answer had been lost, and a look at the store found our object
   */
  record Written(ObjectInfo object, boolean lookedUp) implements WriteOutcome {
    public Written(ObjectInfo object) {
      this(object, false);
    }
  }

  /** The condition did not hold: what is under the key, if anything, is not ours. */
  record Conflict(String key) implements WriteOutcome {}

  /**
   * Nobody knows: the answer was lost and the store could not be asked. Our object may be there or may still appear.
   * Delete nothing.
   *
   * @param cause the last failure
   */
  record Unknown(String key, StorageException cause) implements WriteOutcome {}

  /** The object that was written, or the failure that this outcome means to a caller who expected no conflict. */
  default ObjectInfo written() {
    return switch (this) {
      case Written written -> written.object();
      case Conflict conflict -> throw new PermanentException(
          FailureKind.CONFLICT, "another object is already under the key \"" + conflict.key() + "\"");
      case Unknown unknown -> throw new PermanentException(
          FailureKind.UNKNOWN_OUTCOME, "whether \"" + unknown.key() + "\" was written is not known: "
              + unknown.cause().getMessage());
    };
  }
}
