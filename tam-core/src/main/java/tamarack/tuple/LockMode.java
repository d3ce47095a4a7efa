package tamarack.tuple;

/** Strength of a row lock, in the order of PostgreSQL's LockTupleMode. C names: {@code TAM_LOCK_*}. */
public final class LockMode {
  public static final int KEY_SHARE = 0;
  public static final int SHARE = 1;
  public static final int NO_KEY_EXCLUSIVE = 2;
  public static final int EXCLUSIVE = 3;

  private LockMode() {}

  /** Whether two transactions cannot hold these locks on one row at the same time. */
  public static boolean conflict(int left, int right) {
    return left + right >= EXCLUSIVE;
  }
}
