package tamarack.sqliteheap;

import static tamarack.xact.StatusCache.COMMITTED;
import static tamarack.xact.StatusCache.UNKNOWN;

import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;
import tamarack.tuple.VacuumStepLayout;
import tamarack.tuple.Verdict;
import tamarack.xact.StatusCache;

/**
 * One step of VACUUM's way through the rows. Native code decides the rows whose transactions are known; the rest is
 * judged here, and what that teaches about transactions serves the next steps.
 */
final class VacuumStep {
  private final StatusCache states;
  private final BatchJudge judge;

  private TableFile file;
  private long area;

  VacuumStep(StatusCache states, BatchJudge judge) {
    this.states = states;
    this.judge = judge;
  }

  /** Finds the dead among the rows {@code first..last}, as far as one step gets, and writes nothing. */
  void look(TableFile file, long first, long last, long visTest, long area) {
    attach(file, area);
    file.vacuumStep(first, last, false, area);
    judgeUndecided(visTest);
  }

  /**
   * Removes the dead among the rows {@code first..last}, as far as one step gets.
   *
   * @param noteTo where their index entries are still there: the row number up to which VACUUM is going to remove rows
   *     before their entries, to be noted with this step; else -1
   */
  void remove(TableFile file, long first, long last, long noteTo, long visTest, long area) {
    attach(file, area);
    file.begin();
    try {
      file.vacuumStep(first, last, true, area);
      int decided = dead();
      judgeUndecided(visTest);
      file.delete(area + VacuumStepLayout.DEAD_ROWS + 8L * decided, dead() - decided);
      if (noteTo >= 0 && dead() > 0) {
        Memory.putLong(area + VacuumStepLayout.NOTE, PrunedRows.noteInterval(file, first, noteTo));
      }
      file.commit();
    } catch (Throwable failure) {
      file.rollback();
      throw failure;
    }
  }

  private void attach(TableFile newFile, long newArea) {
    file = newFile;
    area = newArea;
  }

  private int dead() {
    return Memory.getInt(area + VacuumStepLayout.DEAD);
  }

  private void judgeUndecided(long visTest) {
    long batch = area + VacuumStepLayout.BATCH;
    long oldestXmin = Memory.getLong(area + VacuumStepLayout.OLDEST_XMIN);
    int dead = dead();
    judge.judgeForVacuum(batch, visTest);
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int left = Memory.getInt(batch + BatchLayout.COUNT); left > 0; left--) {
      if (isDead(entry, oldestXmin)) {
        judge.allowRemoval(entry);
        Memory.putInt(entry + BatchLayout.VERDICT, Verdict.DEAD);
        Memory.putLong(area + VacuumStepLayout.DEAD_ROWS + 8L * dead++, Memory.getLong(entry + BatchLayout.ROW));
      }
      learn(entry);
      entry += BatchLayout.IMAGE;
    }
    Memory.putInt(area + VacuumStepLayout.DEAD, dead);
  }

  /**
   * The horizon behind the verdict may have moved back since VACUUM began. What was deleted before its limit is dead
   * all the same, and has to go for the sake of relfrozenxid.
   */
  private static boolean isDead(long entry, long oldestXmin) {
    int verdict = Memory.getInt(entry + BatchLayout.VERDICT);
    if (verdict == Verdict.RECENTLY_DEAD && !isMulti(entry)) {
      return Memory.getLong(entry + BatchLayout.XMAX) < oldestXmin;
    }
    return verdict == Verdict.DEAD;
  }

  private static boolean isMulti(long entry) {
    return (Memory.getInt(entry + BatchLayout.INFO) & RowInfo.XMAX_MULTI) != 0;
  }

  private void learn(long entry) {
    int info = Memory.getInt(entry + BatchLayout.INFO);
    boolean isFrozen = (info & RowInfo.XMIN_FROZEN) != 0;
    long xmin = Memory.getLong(entry + BatchLayout.XMIN);
    boolean isInserted = isFrozen || learnOutcome(xmin) == COMMITTED;
    if (!isInserted || RowInfo.mode(info) < RowInfo.MODE_UPDATED || isMulti(entry)) {
      return;
    }
    long xmax = Memory.getLong(entry + BatchLayout.XMAX);
    if (Memory.getInt(entry + BatchLayout.VERDICT) == Verdict.DEAD) {
      remember(xmax, VacuumStepLayout.KNOWN_REMOVABLE);
    } else {
      learnOutcome(xmax);
    }
  }

  private int learnOutcome(long xid) {
    int state = xid == 0 ? UNKNOWN : states.known(xid);
    if (state != UNKNOWN && !isKnown(xid)) {
      remember(xid, state == COMMITTED ? VacuumStepLayout.KNOWN_COMMITTED : VacuumStepLayout.KNOWN_ABORTED);
    }
    return state;
  }

  private boolean isKnown(long xid) {
    return Memory.getLong(place(xid)) >> VacuumStepLayout.KNOWN_BITS == xid;
  }

  private void remember(long xid, int what) {
    Memory.putLong(place(xid), xid << VacuumStepLayout.KNOWN_BITS | what);
  }

  private long place(long xid) {
    return area + VacuumStepLayout.KNOWN + 8 * (xid & (VacuumStepLayout.KNOWN_SLOTS - 1));
  }
}
