package tamarack.tuple;

/**
 * Offsets of a snapshot as C flattens it. C names: {@code TAM_SNAPSHOT_*}. The address of such a structure is what Java
 * calls a snapshot.
 */
public final class SnapshotLayout {
  public static final int SIZE = 96;

  /** i32: {@link SnapshotType}. */
  public static final int TYPE = 0;

  /** i32: current command id: what this transaction did at or after it is invisible. */
  public static final int CURCID = 4;

  /** i64: all transactions below are over. */
  public static final int XMIN = 8;

  /** i64: all transactions from here on are running, as the snapshot sees it. */
  public static final int XMAX = 16;

  /** i64: the SnapshotData in C. */
  public static final int POINTER = 24;

  /** i64: the GlobalVisState in C, for {@link SnapshotType#NON_VACUUMABLE}. */
  public static final int VIS_TEST = 32;

  /** i64, out of a dirty test: the running inserter; 0 none. */
  public static final int DIRTY_XMIN = 40;

  /** i64, out of a dirty test: the running deleter; 0 none. */
  public static final int DIRTY_XMAX = 48;

  /** i32, out of a dirty test: token of a running speculative insertion; 0 none. */
  public static final int SPECULATIVE_TOKEN = 56;

  private SnapshotLayout() {}
}
