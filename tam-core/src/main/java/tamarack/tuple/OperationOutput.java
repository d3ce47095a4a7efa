package tamarack.tuple;

/** Output flags of an operation. C names: {@code TAM_OP_OUT_*}. */
public final class OperationOutput {
  /**
   * With {@link OperationAction#WAIT}: this transaction holds a weaker lock on the row already, so it must not queue on
   * the heavyweight tuple lock before it waits (that could deadlock against the head of that queue).
   */
  public static final int SKIP_TUPLE_LOCK = 1;

  /** With {@link OperationAction#WAIT}: the transaction waited for holds up a later version, not the row itself. */
  public static final int WAIT_ON_SUCCESSOR = 2;

  private OperationOutput() {}
}
