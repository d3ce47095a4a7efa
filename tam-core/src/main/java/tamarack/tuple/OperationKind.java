package tamarack.tuple;

/** What to do with a row. C names: {@code TAM_OPERATION_*}. */
public final class OperationKind {
  public static final int DELETE = 0;
  public static final int UPDATE = 1;
  public static final int LOCK = 2;

  private OperationKind() {}
}
