package tamarack.xact;

import java.util.Arrays;
import tamarack.tuple.Memory;
import tamarack.tuple.SnapshotLayout;

/**
 * Reads a flat snapshot ({@link SnapshotLayout}). One view serves many snapshots, one after the other; it is valid from
 * {@link #attach} to the end of the upcall.
 */
public final class SnapshotView {
  private static final int SLOTS = 16;

  private final TransactionStatus status;
  private final long[] askedXids = new long[SLOTS];
  private final boolean[] askedRunning = new boolean[SLOTS];

  private long address;
  private int type;
  private int commandId;
  private long xmin;
  private long xmax;
  private long pointer;

  public SnapshotView(TransactionStatus status) {
    this.status = status;
  }

  /** Looks at the snapshot at this address from now on. */
  public SnapshotView attach(long snapshot) {
    address = snapshot;
    type = Memory.getInt(snapshot + SnapshotLayout.TYPE);
    commandId = Memory.getInt(snapshot + SnapshotLayout.CURCID);
    xmin = Memory.getLong(snapshot + SnapshotLayout.XMIN);
    xmax = Memory.getLong(snapshot + SnapshotLayout.XMAX);
    pointer = Memory.getLong(snapshot + SnapshotLayout.POINTER);
    Arrays.fill(askedXids, 0);
    return this;
  }

  /** A {@link tamarack.tuple.SnapshotType}. */
  public int type() {
    return type;
  }

  /** Whether a command of the current transaction comes before the snapshot. */
  public boolean sees(int command) {
    return Integer.compareUnsigned(command, commandId) < 0;
  }

  /**
   * Whether {@code xid} was over before the oldest transaction that ran when an MVCC snapshot was taken. Such a
   * transaction is never the current one: an own xid is either among those that ran, or younger than the snapshot.
   */
  public boolean isPast(long xid) {
    return xid < xmin;
  }

  /** Whether an MVCC snapshot takes a transaction other than the current one for running. */
  public boolean isRunning(long xid) {
    if (xid < xmin) {
      return false;
    }
    if (xid >= xmax) {
      return true;
    }
    int slot = (int) xid & (SLOTS - 1);
    if (askedXids[slot] != xid) {
      askedRunning[slot] = status.isRunningInSnapshot(xid, pointer);
      askedXids[slot] = xid;
    }
    return askedRunning[slot];
  }

  /** The GlobalVisState pointer that came with the snapshot, 0 none. */
  public long visTest() {
    return Memory.getLong(address + SnapshotLayout.VIS_TEST);
  }

  /** Stores what a dirty test found: running inserter, running deleter, speculative token; 0 for none. */
  public void reportDirty(long dirtyXmin, long dirtyXmax, int speculativeToken) {
    Memory.putLong(address + SnapshotLayout.DIRTY_XMIN, dirtyXmin);
    Memory.putLong(address + SnapshotLayout.DIRTY_XMAX, dirtyXmax);
    Memory.putInt(address + SnapshotLayout.SPECULATIVE_TOKEN, speculativeToken);
  }
}
