package tamarack.sqliteheap;

import static tamarack.xact.StatusCache.COMMITTED;
import static tamarack.xact.StatusCache.CURRENT;
import static tamarack.xact.StatusCache.IN_PROGRESS;

import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.tuple.SnapshotType;
import tamarack.tuple.Verdict;
import tamarack.xact.MemberStatus;
import tamarack.xact.SnapshotView;
import tamarack.xact.StatusCache;

/**
 * Which row versions a snapshot sees, and which VACUUM may remove: heap's rules. Changes nothing; results hold for the
 * moment. A row version is there when its inserter is, and gone when its updater (or deleter) is there, too; who only
 * locked it does not matter.
 */
final class Visibility {
  private final StatusCache states;
  private long deadAfter;

  Visibility(StatusCache states) {
    this.states = states;
  }

  /** Whether the snapshot sees the row version. A dirty snapshot gets its report. */
  boolean satisfies(RowHeader row, SnapshotView snapshot) {
    return switch (snapshot.type()) {
      case SnapshotType.MVCC -> satisfiesMvcc(row, snapshot);
      case SnapshotType.SELF -> satisfiesSelf(row);
      case SnapshotType.ANY -> true;
      case SnapshotType.TOAST -> row.xmin() != 0;
      case SnapshotType.DIRTY -> satisfiesDirty(row, snapshot);
      case SnapshotType.NON_VACUUMABLE -> vacuumVerdict(row, snapshot.visTest()) != Verdict.DEAD;
      default -> throw new TamarackException(
          SqlState.FEATURE_NOT_SUPPORTED, "sqlite_heap cannot be read with a snapshot of type " + snapshot.type());
    };
  }

  /** An MVCC snapshot: what was committed when it was taken, and earlier commands of the current transaction. */
  boolean satisfiesMvcc(RowHeader row, SnapshotView snapshot) {
    return isInsertedFor(row, snapshot) && !(row.hasUpdater() && isDeletedFor(row, snapshot));
  }

  private boolean isInsertedFor(RowHeader row, SnapshotView snapshot) {
    if (row.isFrozen()) {
      return true;
    }
    long xmin = row.xmin();
    if (xmin == 0) {
      return false;
    }
    if (!snapshot.isPast(xmin)) {
      if (states.isCurrent(xmin)) {
        return snapshot.sees(cmin(row));
      }
      if (snapshot.isRunning(xmin)) {
        return false;
      }
    }
    return states.isCommitted(xmin);
  }

  private boolean isDeletedFor(RowHeader row, SnapshotView snapshot) {
    long updater = updater(row);
    if (!snapshot.isPast(updater)) {
      if (states.isCurrent(updater)) {
        return snapshot.sees(cmax(row));
      }
      if (snapshot.isRunning(updater)) {
        return false;
      }
    }
    return states.isCommitted(updater);
  }

  /** What is committed now, and all that the current transaction did. */
  private boolean satisfiesSelf(RowHeader row) {
    if (!row.isFrozen()) {
      if (row.xmin() == 0) {
        return false;
      }
      int inserter = states.state(row.xmin());
      if (inserter != CURRENT && inserter != COMMITTED) {
        return false;
      }
    }
    if (!row.hasUpdater()) {
      return true;
    }
    int updater = states.state(updater(row));
    return updater != CURRENT && updater != COMMITTED;
  }

  /** Like {@link #satisfiesSelf}, but what runs elsewhere counts as not yet decided: seen, and reported. */
  private boolean satisfiesDirty(RowHeader row, SnapshotView snapshot) {
    snapshot.reportDirty(0, 0, 0);
    if (!row.isFrozen()) {
      if (row.xmin() == 0) {
        return false;
      }
      int inserter = states.state(row.xmin());
      if (inserter == IN_PROGRESS) {
        snapshot.reportDirty(row.xmin(), 0, row.isSpeculative() ? (int) row.next() : 0);
        return true;
      }
      if (inserter != CURRENT && inserter != COMMITTED) {
        return false;
      }
    }
    if (!row.hasUpdater()) {
      return true;
    }
    long xid = updater(row);
    int updater = states.state(xid);
    if (updater == IN_PROGRESS) {
      snapshot.reportDirty(0, xid, 0);
    }
    return updater != CURRENT && updater != COMMITTED;
  }

  /**
   * What the row version is to VACUUM, whatever the horizon: {@link Verdict#RECENTLY_DEAD} is dead once
   * {@link #deadAfter} is behind the horizon.
   */
  int vacuumVerdict(RowHeader row) {
    deadAfter = 0;
    if (!row.isFrozen()) {
      if (row.xmin() == 0) {
        return Verdict.DEAD;
      }
      int inserter = states.state(row.xmin());
      if (inserter == CURRENT) {
        boolean deleted = row.hasUpdater() && states.isCurrent(updater(row));
        return deleted ? Verdict.DELETE_IN_PROGRESS : Verdict.INSERT_IN_PROGRESS;
      }
      if (inserter != COMMITTED) {
        return inserter == IN_PROGRESS ? Verdict.INSERT_IN_PROGRESS : Verdict.DEAD;
      }
    }
    return row.hasUpdater() ? verdictOfUpdate(updater(row)) : Verdict.LIVE;
  }

  private int verdictOfUpdate(long updater) {
    switch (states.state(updater)) {
      case COMMITTED:
        deadAfter = updater;
        return Verdict.RECENTLY_DEAD;
      case CURRENT:
      case IN_PROGRESS:
        return Verdict.DELETE_IN_PROGRESS;
      default:
        return Verdict.LIVE;
    }
  }

  /** The transaction that deleted the row version, after a verdict of {@link Verdict#RECENTLY_DEAD}; else 0. */
  long deadAfter() {
    return deadAfter;
  }

  /**
   * What the row version is to VACUUM.
   *
   * @param visTest the horizon, a GlobalVisState pointer; 0: nothing that was ever committed is dead
   */
  int vacuumVerdict(RowHeader row, long visTest) {
    int verdict = vacuumVerdict(row);
    if (verdict == Verdict.RECENTLY_DEAD && visTest != 0 && states.status().isRemovable(deadAfter, visTest)) {
      return Verdict.DEAD;
    }
    return verdict;
  }

  /** The transaction that updated or deleted the row version, whatever became of it; 0 when it was only locked. */
  long updater(RowHeader row) {
    if (!row.hasUpdater()) {
      return 0;
    }
    if (!row.isMulti()) {
      return row.xmax();
    }
    for (long member : states.status().multiMembers(row.multi(), false)) {
      if (MemberStatus.isUpdate(MemberStatus.status(member))) {
        return MemberStatus.xid(member);
      }
    }
    throw noUpdater(row);
  }

  /** The error for a multixact that should name an updater and does not. */
  static TamarackException noUpdater(RowHeader row) {
    return new TamarackException(
        SqlState.DATA_CORRUPTED,
        "multixact " + Integer.toUnsignedString(row.multi()) + " of row version " + row.row() + " has no updater");
  }

  /** The command that inserted the row version; its inserter is the current transaction. */
  int cmin(RowHeader row) {
    return row.isCombo() ? states.status().realCmin(row.cid()) : row.cid();
  }

  /** The command that updated or deleted the row version; who did is the current transaction. */
  int cmax(RowHeader row) {
    return row.isCombo() ? states.status().realCmax(row.cid()) : row.cid();
  }
}
