package tamarack.storage.object;

/** The same call may succeed later. Whether the failed one had an effect is not known. */
public final class RetryableException extends StorageException {
  private static final long serialVersionUID = 1L;

  public RetryableException(FailureKind kind, String message) {
    super(kind, message);
  }
}
