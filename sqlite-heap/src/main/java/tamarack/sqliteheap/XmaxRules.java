package tamarack.sqliteheap;

import java.util.Arrays;
import tamarack.tuple.LockMode;
import tamarack.tuple.RowInfo;
import tamarack.xact.MemberStatus;
import tamarack.xact.TransactionStatus;

/**
 * What goes into xmax when somebody joins those who stand there: the transaction alone, or a multixact that also names
 * all who still hold a lock and an update that stands. Multixacts are made here and nowhere else.
 */
final class XmaxRules {
  private final TransactionStatus status;

  XmaxRules(TransactionStatus status) {
    this.status = status;
  }

  /**
   * Adds the current (sub)transaction, which does not hold such a lock yet, to a row version's xmax.
   *
   * @param holders those in the row version's xmax now
   * @param isUpdate to update or delete; the link to the successor is the caller's
   */
  void add(RowHeader row, RowHolders holders, long xid, int lockMode, boolean isUpdate) {
    if (isAlone(row, holders, xid)) {
      int mode = Math.max(lockMode, own(holders));
      setSingle(row, MemberStatus.pack(xid, MemberStatus.of(mode, isUpdate)));
      return;
    }
    long[] members = holders.survivors();
    long newcomer = MemberStatus.pack(xid, MemberStatus.of(lockMode, isUpdate));
    if (members.length == 0) {
      setSingle(row, newcomer);
      return;
    }
    long[] all = Arrays.copyOf(members, members.length + 1);
    all[members.length] = newcomer;
    setMulti(row, all);
  }

  /** The strongest of two locks of one transaction stands for both. */
  private static boolean isAlone(RowHeader row, RowHolders holders, long xid) {
    return holders.count() == 1 && !row.isMulti() && !row.hasUpdater() && holders.xid(0) == xid;
  }

  private static int own(RowHolders holders) {
    return MemberStatus.lockMode(holders.status(0));
  }

  /**
   * Carries the locks that others (and the current transaction) hold on an old version over to its successor, which
   * nobody holds yet. They were taken before the update, so they must go on to hold after it.
   */
  void carryOver(RowHeader old, RowHolders holders, RowHeader successor) {
    long[] lockers = holders.survivingLockers();
    if (lockers.length == 0) {
      successor.clearXmax();
    } else if (old.isMulti() && !old.hasUpdater()) {
      successor.setXmax(old.xmax(), true, old.mode());
    } else if (old.isMulti()) {
      setMembers(successor, lockers);
    } else {
      setSingle(successor, MemberStatus.pack(old.xmax(), MemberStatus.FOR_KEY_SHARE));
    }
  }

  /** Puts these packed members into xmax, at least one: as they are when there is one, else as a new multixact. */
  void setMembers(RowHeader row, long[] members) {
    if (members.length == 1) {
      setSingle(row, members[0]);
    } else {
      setMulti(row, members);
    }
  }

  private static void setSingle(RowHeader row, long member) {
    setXmax(row, MemberStatus.xid(member), false, 1 + MemberStatus.status(member));
  }

  private void setMulti(RowHeader row, long[] members) {
    int mode = mode(members);
    setXmax(row, Integer.toUnsignedLong(status.createMulti(members)), true, mode);
  }

  /** A real delete stays marked as one while it stands; a link without updater leads nowhere. */
  private static void setXmax(RowHeader row, long xmax, boolean isMulti, int mode) {
    boolean isDelete = row.isDelete();
    if (mode < RowInfo.MODE_UPDATED) {
      row.clearXmax();
    }
    row.setXmax(xmax, isMulti, mode);
    row.change(RowInfo.DELETED, isDelete && mode == RowInfo.MODE_KEY_UPDATED);
  }

  /** The info word's mode for these members: that of the strongest, and an update if one updated. */
  private static int mode(long[] members) {
    int strongest = LockMode.KEY_SHARE;
    boolean hasUpdater = false;
    for (long member : members) {
      int memberStatus = MemberStatus.status(member);
      strongest = Math.max(strongest, MemberStatus.lockMode(memberStatus));
      hasUpdater |= MemberStatus.isUpdate(memberStatus);
    }
    if (!hasUpdater) {
      return 1 + strongest;
    }
    return strongest == LockMode.EXCLUSIVE ? RowInfo.MODE_KEY_UPDATED : RowInfo.MODE_UPDATED;
  }
}
