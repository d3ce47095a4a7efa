package tamarack.sqliteheap;

import static tamarack.xact.StatusCache.ABORTED;
import static tamarack.xact.StatusCache.COMMITTED;

import tamarack.tuple.FreezeLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;
import tamarack.xact.CommitFlush;
import tamarack.xact.StatusCache;
import tamarack.xact.TransactionStatus;

/**
 * What VACUUM does to the header of a row version that stays: ids below the limits give way, so that the commit log and
 * the multixacts behind them may be cut. A row version that must change has everything frozen that may be. What cannot
 * go (a running transaction) is left alone, and counts among the oldest ids. A dead version that could not be removed
 * becomes one that names nobody.
 */
final class RowFreezer {
  private final StatusCache states;
  private final TransactionStatus status;
  private final XmaxRules rules;
  private final RowHolders holders;
  private final CommitFlush flush;

  private long limits;
  private long limit;
  private long oldestXmin;
  private int multiLimit;
  private long oldestXid;
  private int oldestMulti;

  RowFreezer(StatusCache states) {
    this.states = states;
    this.status = states.status();
    this.rules = new XmaxRules(status);
    this.holders = new RowHolders(states);
    this.flush = new CommitFlush(status);
  }

  /** Works with the limits at this address ({@link FreezeLayout}) from now on. */
  RowFreezer attach(long freezeLimits) {
    limits = freezeLimits;
    limit = Memory.getLong(limits + FreezeLayout.LIMIT);
    oldestXmin = Memory.getLong(limits + FreezeLayout.OLDEST_XMIN);
    multiLimit = Memory.getInt(limits + FreezeLayout.MULTI_LIMIT);
    oldestXid = Memory.getLong(limits + FreezeLayout.OLDEST_XID);
    oldestMulti = Memory.getInt(limits + FreezeLayout.OLDEST_MULTI);
    return this;
  }

  /** Tells C the oldest ids that stay; call it when what was frozen is committed to the file. */
  void report() {
    Memory.putLong(limits + FreezeLayout.OLDEST_XID, oldestXid);
    Memory.putInt(limits + FreezeLayout.OLDEST_MULTI, oldestMulti);
  }

  /** Freezes one row version; true when its header changed. */
  boolean freeze(RowHeader row) {
    if (row.xmin() == 0) {
      return false;
    }
    holders.load(row);
    boolean isDue = isXminDue(row) || isXmaxDue(row);
    boolean changed = false;
    if (isDue && isDead(row)) {
      flush.require(holders.updaterState() == COMMITTED ? holders.xid(holders.updater()) : 0);
      bury(row);
      return true;
    }
    if (isDue) {
      changed = freezeXmin(row);
      changed |= freezeXmax(row);
    }
    count(row);
    return changed;
  }

  private boolean isXminDue(RowHeader row) {
    return !row.isFrozen() && row.xmin() < limit;
  }

  private boolean isXmaxDue(RowHeader row) {
    if (row.mode() == RowInfo.MODE_NONE) {
      return false;
    }
    if (row.isMulti() && status.multiPrecedes(row.multi(), multiLimit)) {
      return true;
    }
    for (int i = 0; i < holders.count(); i++) {
      if (holders.xid(i) < limit) {
        return true;
      }
    }
    return false;
  }

  /** Whether no snapshot sees the version any more: its inserter failed, or its updater is behind the horizon. */
  private boolean isDead(RowHeader row) {
    if (!row.isFrozen() && states.state(row.xmin()) == ABORTED) {
      return true;
    }
    return holders.updaterState() == COMMITTED && holders.xid(holders.updater()) < oldestXmin;
  }

  private static void bury(RowHeader row) {
    row.change(RowInfo.XMIN_FROZEN | RowInfo.SPECULATIVE, false);
    row.setXmin(0);
    row.clearXmax();
  }

  private boolean freezeXmin(RowHeader row) {
    if (row.isFrozen() || row.xmin() >= oldestXmin || states.state(row.xmin()) != COMMITTED) {
      return false;
    }
    flush.require(row.xmin());
    row.change(RowInfo.XMIN_FROZEN, true);
    return true;
  }

  private boolean freezeXmax(RowHeader row) {
    if (row.mode() == RowInfo.MODE_NONE) {
      return false;
    }
    if (holders.areGone()) {
      row.clearXmax();
    } else if (!row.isMulti() || !replaceMulti(row)) {
      return false;
    }
    holders.load(row);
    return true;
  }

  /** One who is left alone needs no multixact; several need a new one, made only when the old one must go. */
  private boolean replaceMulti(RowHeader row) {
    long[] survivors = holders.survivors();
    if (survivors.length > 1 && !isXmaxDue(row)) {
      return false;
    }
    rules.setMembers(row, survivors);
    return true;
  }

  private void count(RowHeader row) {
    if (!row.isFrozen()) {
      oldestXid = Math.min(oldestXid, row.xmin());
    }
    for (int i = 0; i < holders.count(); i++) {
      oldestXid = Math.min(oldestXid, holders.xid(i));
    }
    if (row.isMulti() && status.multiPrecedes(row.multi(), oldestMulti)) {
      oldestMulti = row.multi();
    }
  }
}
