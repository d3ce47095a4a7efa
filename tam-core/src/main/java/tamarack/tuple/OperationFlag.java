package tamarack.tuple;

/** Input flags of an operation. C names: {@code TAM_OP_FLAG_*}. */
public final class OperationFlag {
  /** The update leaves all key columns as they are. */
  public static final int KEY_UNCHANGED = 1;

  /** The delete is half of a move to another partition. */
  public static final int CHANGING_PARTITION = 2;

  /** Lock later versions of the row, too. */
  public static final int FOLLOW_UPDATES = 4;

  private OperationFlag() {}
}
