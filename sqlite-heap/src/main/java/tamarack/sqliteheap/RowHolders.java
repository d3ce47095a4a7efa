package tamarack.sqliteheap;

import static tamarack.xact.StatusCache.ABORTED;
import static tamarack.xact.StatusCache.COMMITTED;
import static tamarack.xact.StatusCache.CURRENT;
import static tamarack.xact.StatusCache.IN_PROGRESS;

import java.util.Arrays;
import tamarack.tuple.LockMode;
import tamarack.tuple.RowInfo;
import tamarack.xact.MemberStatus;
import tamarack.xact.StatusCache;

/**
 * Who stands in a row version's xmax: one transaction or the members of a multixact, each with what it did and what
 * became of it. Filled once per look at a row; reused.
 */
final class RowHolders {
  private static final long[] NOBODY = {};

  private final StatusCache states;
  private long[] members = NOBODY;
  private int[] memberStates = new int[4];
  private final long[] single = new long[1];

  RowHolders(StatusCache states) {
    this.states = states;
  }

  /** Looks at a row version. */
  RowHolders load(RowHeader row) {
    int mode = row.mode();
    if (mode == RowInfo.MODE_NONE) {
      members = NOBODY;
    } else if (row.isMulti()) {
      members = states.status().multiMembers(row.multi(), !row.hasUpdater());
    } else {
      single[0] = MemberStatus.pack(row.xmax(), mode - 1);
      members = single;
    }
    if (memberStates.length < members.length) {
      memberStates = new int[members.length];
    }
    for (int i = 0; i < members.length; i++) {
      memberStates[i] = states.state(xid(i));
    }
    if (row.hasUpdater() && updater() < 0) {
      throw Visibility.noUpdater(row);
    }
    return this;
  }

  int count() {
    return members.length;
  }

  long xid(int index) {
    return MemberStatus.xid(members[index]);
  }

  /** One of {@link MemberStatus}. */
  int status(int index) {
    return MemberStatus.status(members[index]);
  }

  /** One of {@code StatusCache.COMMITTED ...}. */
  int state(int index) {
    return memberStates[index];
  }

  boolean isRunning(int index) {
    return memberStates[index] == CURRENT || memberStates[index] == IN_PROGRESS;
  }

  /** Whether anybody is still running, the current transaction included. */
  boolean isAnyRunning() {
    for (int i = 0; i < members.length; i++) {
      if (isRunning(i)) {
        return true;
      }
    }
    return false;
  }

  /** Index of the updater or deleter, -1 when there is none. */
  int updater() {
    for (int i = 0; i < members.length; i++) {
      if (MemberStatus.isUpdate(status(i))) {
        return i;
      }
    }
    return -1;
  }

  /** What became of the updater; {@link StatusCache#ABORTED} when there is none. */
  int updaterState() {
    int updater = updater();
    return updater < 0 ? ABORTED : memberStates[updater];
  }

  /** Whether nobody is left whom a new xmax would have to name. */
  boolean areGone() {
    return !isAnyRunning() && updaterState() != COMMITTED;
  }

  /** Index of the first one to wait for before taking a lock of this mode; -1: nobody. */
  int firstConflict(int lockMode) {
    for (int i = 0; i < members.length; i++) {
      if (memberStates[i] == IN_PROGRESS && LockMode.conflict(lockMode, MemberStatus.lockMode(status(i)))) {
        return i;
      }
    }
    return -1;
  }

  /** The strongest lock mode that the current transaction holds, -1 none. */
  int strongestOwn() {
    int strongest = -1;
    for (int i = 0; i < members.length; i++) {
      if (memberStates[i] == CURRENT) {
        strongest = Math.max(strongest, MemberStatus.lockMode(status(i)));
      }
    }
    return strongest;
  }

  /** Those who still hold a lock or made an update that stands, packed. */
  long[] survivors() {
    return survivors(true);
  }

  /** Those who still hold a lock and made no update, packed. */
  long[] survivingLockers() {
    return survivors(false);
  }

  private long[] survivors(boolean withUpdater) {
    long[] survivors = new long[members.length];
    int count = 0;
    for (int i = 0; i < members.length; i++) {
      boolean isUpdater = MemberStatus.isUpdate(status(i));
      boolean stays = isUpdater ? withUpdater && memberStates[i] != ABORTED : isRunning(i);
      if (stays) {
        survivors[count++] = members[i];
      }
    }
    return Arrays.copyOf(survivors, count);
  }
}
