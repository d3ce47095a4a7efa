package tamarack.tuple;

/** Kinds of snapshots, in the order of PostgreSQL's SnapshotType. C names: {@code TAM_SNAPSHOT_TYPE_*}. */
public final class SnapshotType {
  public static final int MVCC = 0;
  public static final int SELF = 1;
  public static final int ANY = 2;
  public static final int TOAST = 3;
  public static final int DIRTY = 4;
  public static final int HISTORIC_MVCC = 5;
  public static final int NON_VACUUMABLE = 6;

  private SnapshotType() {}
}
