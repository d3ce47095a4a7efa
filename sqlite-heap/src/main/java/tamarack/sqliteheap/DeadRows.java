package tamarack.sqliteheap;

import static tamarack.xact.StatusCache.COMMITTED;

import tamarack.tuple.Memory;
import tamarack.tuple.Verdict;
import tamarack.xact.StatusCache;

/** Which index entries may go because no transaction can see their row version any more. */
final class DeadRows {
  private final StatusCache states;
  private final Visibility visibility;
  private final RowHeader row = new RowHeader();

  DeadRows(StatusCache states, Visibility visibility) {
    this.states = states;
    this.visibility = visibility;
  }

  /**
   * Judges row numbers.
   *
   * @param rows address of {@code count} i64 row numbers
   * @param dead address of {@code count} bytes: set to 1 where the row version is dead to everybody or gone, else 0
   * @param visTest the horizon, a GlobalVisState pointer
   * @return the latest transaction that removed a row version which others once saw; 0 none
   */
  long find(RowStore store, long rows, long dead, int count, long visTest) {
    long horizon = 0;
    for (int i = 0; i < count; i++) {
      boolean exists = store.readHeader(Memory.getLong(rows + 8L * i), row);
      boolean isDead = !exists || visibility.vacuumVerdict(row, visTest) == Verdict.DEAD;
      if (exists && isDead) {
        horizon = Math.max(horizon, removedBy());
      }
      Memory.putByte(dead + i, (byte) (isDead ? 1 : 0));
    }
    return horizon;
  }

  /** The transaction after which no new snapshot saw the dead version; 0 when none ever did. */
  private long removedBy() {
    boolean wasSeen = row.isFrozen() || row.xmin() != 0 && states.state(row.xmin()) == COMMITTED;
    long updater = visibility.updater(row);
    return wasSeen && updater != row.xmin() ? updater : 0;
  }
}
