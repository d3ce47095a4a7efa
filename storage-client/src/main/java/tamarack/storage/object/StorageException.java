package tamarack.storage.object;

/**
 * A failure of the storage service or of a store behind it. It is worth another try ({@link RetryableException}) or it
 * is not ({@link PermanentException}). Messages hold no secrets, and there is no cause from a provider's library,
 * whose text could hold some.
 */
public abstract sealed class StorageException extends RuntimeException permits RetryableException, PermanentException {
  private static final long serialVersionUID = 1L;

  private final FailureKind kind;

  StorageException(FailureKind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** What went wrong, for programs. */
  public FailureKind kind() {
    return kind;
  }

  /** The failure of a kind, as one of the two types. */
  public static StorageException of(FailureKind kind, String message) {
    return kind.retryable() ? new RetryableException(kind, message) : new PermanentException(kind, message);
  }
}
