package tamarack.tuple;

/** What a row version is to a snapshot (0, 1) or to VACUUM (2 and more). C names: {@code TAM_VERDICT_*}. */
public final class Verdict {
  public static final int INVISIBLE = 0;
  public static final int VISIBLE = 1;

  /** No snapshot can see the version any more: it may be removed. */
  public static final int DEAD = 2;

  /** Inserted by a committed transaction and not deleted. */
  public static final int LIVE = 3;

  /** Deleted by a committed transaction; an old snapshot may still see it. */
  public static final int RECENTLY_DEAD = 4;

  /** The inserter is still running. */
  public static final int INSERT_IN_PROGRESS = 5;

  /** The deleter or updater is still running. */
  public static final int DELETE_IN_PROGRESS = 6;

  private Verdict() {}
}
