package tamarack.tuple;

/**
 * Offsets of what VACUUM hands over to freeze a range of rows, and gets back. C names: {@code TAM_FREEZE_*}. C sets the
 * two oldest ids to the newest values that the table could get (OldestXmin, OldestMxact) before the first range; Java
 * lowers them to what stays in the rows it saw.
 */
public final class FreezeLayout {
  public static final int SIZE = 64;

  /** in, i64: full xid; older ones must not stay. */
  public static final int LIMIT = 0;

  /** in, i64: full xid; older ones are over for every snapshot, so they may be frozen. */
  public static final int OLDEST_XMIN = 8;

  /** in, i32: older multixacts must not stay. */
  public static final int MULTI_LIMIT = 16;

  /** in and out, i64: the oldest xid that stays. */
  public static final int OLDEST_XID = 24;

  /** in and out, i32: the oldest multixact that stays. */
  public static final int OLDEST_MULTI = 32;

  private FreezeLayout() {}
}
