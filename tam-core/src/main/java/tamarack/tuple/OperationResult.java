package tamarack.tuple;

/** Result of an operation, in the order of PostgreSQL's TM_Result. C names: {@code TAM_RESULT_*}. */
public final class OperationResult {
  public static final int OK = 0;
  public static final int INVISIBLE = 1;
  public static final int SELF_MODIFIED = 2;
  public static final int UPDATED = 3;
  public static final int DELETED = 4;
  public static final int BEING_MODIFIED = 5;
  public static final int WOULD_BLOCK = 6;

  private OperationResult() {}
}
