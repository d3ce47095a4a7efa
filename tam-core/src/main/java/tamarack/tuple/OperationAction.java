package tamarack.tuple;

/** What C does after an operation. C names: {@code TAM_ACTION_*}. */
public final class OperationAction {
  /** The result stands. */
  public static final int DONE = 0;

  /** Wait for a transaction with no Java frame beneath, then call again. Nothing was written. */
  public static final int WAIT = 1;

  private OperationAction() {}
}
