package tamarack.tuple;

/**
 * Offsets of one operation on one row: delete, update or lock ({@link OperationKind}). C fills the input, Java the
 * output. When the action is {@link OperationAction#WAIT} nothing has been written, and C calls again after the wait.
 * C names: {@code TAM_OP_*}.
 */
public final class OperationLayout {
  public static final int SIZE = 192;

  /** in, i64: number of the row version to work on. */
  public static final int ROW = 0;

  /** in, i64: full id of the current (sub)transaction. */
  public static final int XID = 8;

  /** in, i32: current command id. */
  public static final int CID = 16;

  /** in, i32: {@link LockMode}, for {@link OperationKind#LOCK}. */
  public static final int LOCK_MODE = 20;

  /** in, i32: bits of {@link OperationFlag}. */
  public static final int FLAGS = 24;

  /** in, i64: address of a flat snapshot that must see the row, too; 0 none. */
  public static final int CROSSCHECK = 32;

  /** in, i64: write batch that holds the new version; 0 none. Java completes the header of its entry. */
  public static final int NEW_ROW_BATCH = 40;

  /** in, i64: the new version's row number. */
  public static final int NEW_ROW = 48;

  /** out, i32: {@link OperationAction}. */
  public static final int ACTION = 64;

  /** out, i32: {@link OperationResult}. */
  public static final int RESULT = 68;

  /** out, i64: the transaction to wait for. */
  public static final int WAIT_XID = 72;

  /** out, i64: successor of the row, the row itself when it has none, {@link RowInfo#NEXT_MOVED}. */
  public static final int FAILURE_ROW = 80;

  /** out, i64: the transaction that updated or deleted the row. */
  public static final int FAILURE_XMAX = 88;

  /** out, i32: command of the update or delete for {@link OperationResult#SELF_MODIFIED}, else InvalidCommandId. */
  public static final int FAILURE_CMAX = 96;

  /** out, i32: bits of {@link OperationOutput}. */
  public static final int OUT_FLAGS = 100;

  /** out, i64: xmin of the row looked at. */
  public static final int ROW_XMIN = 104;

  /** out, i64: {@code next} of the row looked at, after the operation. */
  public static final int ROW_NEXT = 112;

  /** out, i64: xmax of the row looked at, after the operation. */
  public static final int ROW_XMAX = 120;

  /** out, i32: command id of the row looked at, after the operation. */
  public static final int ROW_CID = 128;

  /** out, i32: {@link RowInfo} bits of the row looked at, after the operation. */
  public static final int ROW_INFO = 132;

  private OperationLayout() {}
}
