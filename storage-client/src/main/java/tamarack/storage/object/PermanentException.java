package tamarack.storage.object;

/** The same call will fail again. */
public final class PermanentException extends StorageException {
  private static final long serialVersionUID = 1L;

  public PermanentException(FailureKind kind, String message) {
    super(kind, message);
  }
}
