package tamarack.tuple;

/**
 * Bits of a row header's info word and special values of its other fields. C names: {@code TAM_INFO_*}.
 *
 * <p>Three bits hold the mode of xmax: what the transaction (or the strongest member of the multixact) in xmax did.
 * Modes up to {@link #MODE_UPDATE_LOCK} only lock; the two above are an update or a delete. While a multixact has an
 * updater, the mode is that of the updater or the stronger {@link #MODE_KEY_UPDATED} if a member locks so strongly.
 */
public final class RowInfo {
  /** The inserter is over and committed for every snapshot there is or will be. */
  public static final int XMIN_FROZEN = 1;

  /** The row belongs to a speculative insertion; {@code next} holds its token. */
  public static final int SPECULATIVE = 2;

  /** Position of the xmax mode. */
  public static final int MODE_SHIFT = 2;

  /** The bits of the xmax mode. */
  public static final int MODE_MASK = 7 << MODE_SHIFT;

  public static final int MODE_NONE = 0;
  public static final int MODE_KEY_SHARE_LOCK = 1;
  public static final int MODE_SHARE_LOCK = 2;
  public static final int MODE_NO_KEY_UPDATE_LOCK = 3;
  public static final int MODE_UPDATE_LOCK = 4;

  /** Updated, key columns unchanged. */
  public static final int MODE_UPDATED = 5;

  /** Updated with a change of key columns, or deleted. */
  public static final int MODE_KEY_UPDATED = 6;

  /** xmax is a multixact id. */
  public static final int XMAX_MULTI = 32;

  /** cid is a combo command id. */
  public static final int CID_IS_COMBO = 64;

  /** Deleted, not updated: there is no successor. */
  public static final int DELETED = 128;

  /** {@code next} of a row without successor. */
  public static final int NEXT_NONE = -1;

  /** {@code next} of a row that an update moved to another partition. */
  public static final int NEXT_MOVED = -2;

  private RowInfo() {}

  /** The xmax mode in {@code info}. */
  public static int mode(int info) {
    return (info & MODE_MASK) >> MODE_SHIFT;
  }

  /** {@code info} with another xmax mode. */
  public static int withMode(int info, int mode) {
    return (info & ~MODE_MASK) | mode << MODE_SHIFT;
  }
}
