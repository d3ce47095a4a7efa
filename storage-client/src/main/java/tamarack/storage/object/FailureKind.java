package tamarack.storage.object;

/** Kinds of failure. The numbers are part of the wire protocol. */
public enum FailureKind {
  /** The provider asks for fewer requests. */
  THROTTLED(1, true),
  /** The provider or the network failed for now. */
  UNAVAILABLE(2, true),
  /** No answer in time. */
  TIMEOUT(3, true),
  /** The bytes that came are not the bytes that were written. */
  CORRUPT(4, true),
  /** The service has no room for another request now. */
  BUSY(5, true),
  /** There is no such object. */
  NOT_FOUND(16, false),
  /** Another object has taken the place of the one that was asked for. */
  CHANGED(17, false),
  /** A write that had to be the first was not. */
  CONFLICT(18, false),
  /** The provider refuses the credentials or what they ask for. */
  ACCESS_DENIED(19, false),
  /** The bucket or container does not exist. */
  NO_BUCKET(20, false),
  /** The request makes no sense. */
  INVALID(21, false),
  /** The call was canceled. */
  CANCELED(22, false),
  /** Whether a write happened is not known, and no more tries are left. */
  UNKNOWN_OUTCOME(23, false),
  /** Another cluster owns the prefix. */
  NOT_OWNER(24, false),
  /** A local file cannot be read or written. */
  LOCAL_IO(25, false),
  /** A peer broke the wire protocol. */
  PROTOCOL(26, false),
  /** The configuration is wrong. */
  CONFIGURATION(27, false),
  /** A fault of ours. */
  INTERNAL(28, false);

  private final int number;
  private final boolean retryable;

  FailureKind(int number, boolean retryable) {
    this.number = number;
    this.retryable = retryable;
  }

  /** On the wire. */
  public int number() {
    return number;
  }

  /** Whether the same call may succeed later. */
  public boolean retryable() {
    return retryable;
  }

  /** The kind with a number; INTERNAL when there is none, for a newer peer may know more kinds. */
  public static FailureKind of(int number) {
    for (FailureKind kind : values()) {
      if (kind.number == number) {
        return kind;
      }
    }
    return INTERNAL;
  }
}
