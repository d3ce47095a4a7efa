package tamarack.sqliteheap;

import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;
import tamarack.tuple.SnapshotType;
import tamarack.tuple.Verdict;
import tamarack.xact.CommitFlush;
import tamarack.xact.SnapshotView;
import tamarack.xact.StatusCache;

/**
 * Writes a verdict into every entry of a batch. Neighbours mostly share their inserter and nobody touched them since:
 * such a row costs two loads, a comparison and a store. Allocates nothing.
 */
final class BatchJudge {
  private static final int UNTOUCHED_MASK = RowInfo.MODE_MASK | RowInfo.XMIN_FROZEN;

  private final StatusCache states;
  private final Visibility visibility;
  private final SnapshotView snapshot;
  private final CommitFlush flush;
  private final RowHeader header = new RowHeader();

  /** Of the transaction's own xids, the one that inserted rows of the batch last; -1 none. */
  private long ownXmin;

  /** The last removable and the first needed deleter that the horizon was asked for: it splits the ids in two. */
  private long removable;

  private long needed;

  BatchJudge(StatusCache states, Visibility visibility) {
    this.states = states;
    this.visibility = visibility;
    this.snapshot = new SnapshotView(states.status());
    this.flush = new CommitFlush(states.status());
  }

  /**
   * Judges every row under a snapshot.
   *
   * @param snapshotAddress address of a flat snapshot; 0: all rows are visible
   */
  void judge(long batch, long snapshotAddress) {
    if (snapshotAddress == 0) {
      acceptAll(batch);
      return;
    }
    snapshot.attach(snapshotAddress);
    if (snapshot.type() == SnapshotType.MVCC) {
      judgeMvcc(batch);
    } else {
      judgeOther(batch);
    }
  }

  /**
   * Whether the first row of a batch, which its snapshot does not see, is dead to everybody.
   *
   * @param snapshotAddress the flat snapshot; when it brings no horizon nobody wants to know
   */
  boolean isDeadToAll(long batch, long snapshotAddress) {
    long visTest = snapshotAddress == 0 ? 0 : snapshot.attach(snapshotAddress).visTest();
    return visTest != 0
        && visibility.vacuumVerdict(header.load(batch + BatchLayout.HEADER_SIZE), visTest) == Verdict.DEAD;
  }

  private static void acceptAll(long batch) {
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int left = Memory.getInt(batch + BatchLayout.COUNT); left > 0; left--) {
      Memory.putInt(entry + BatchLayout.VERDICT, Verdict.VISIBLE);
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
  }

  private void judgeMvcc(long batch) {
    long lastXmin = -1;
    int lastVerdict = Verdict.INVISIBLE;
    ownXmin = -1;
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int left = Memory.getInt(batch + BatchLayout.COUNT); left > 0; left--) {
      int touched = Memory.getInt(entry + BatchLayout.INFO) & UNTOUCHED_MASK;
      long xmin = Memory.getLong(entry + BatchLayout.XMIN);
      int verdict = lastVerdict;
      if (touched == RowInfo.XMIN_FROZEN) {
        verdict = Verdict.VISIBLE;
      } else if (touched != 0) {
        verdict = verdict(visibility.satisfiesMvcc(header.load(entry), snapshot));
      } else if (xmin != lastXmin) {
        verdict = judgeUntouched(entry, xmin);
        if (xmin != ownXmin) {
          lastXmin = xmin;
          lastVerdict = verdict;
        }
      }
      Memory.putInt(entry + BatchLayout.VERDICT, verdict);
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
  }

  /** All untouched rows of one inserter look alike, except the current transaction's: there the command counts. */
  private int judgeUntouched(long entry, long xmin) {
    header.load(entry);
    if (xmin != ownXmin) {
      if (xmin == 0 || snapshot.isPast(xmin) || !states.isCurrent(xmin)) {
        return verdict(visibility.satisfiesMvcc(header, snapshot));
      }
      ownXmin = xmin;
    }
    return verdict(snapshot.sees(visibility.cmin(header)));
  }

  private static int verdict(boolean visible) {
    return visible ? Verdict.VISIBLE : Verdict.INVISIBLE;
  }

  private void judgeOther(long batch) {
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int left = Memory.getInt(batch + BatchLayout.COUNT); left > 0; left--) {
      int verdict = verdict(visibility.satisfies(header.load(entry), snapshot));
      Memory.putInt(entry + BatchLayout.VERDICT, verdict);
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
  }

  /**
   * Gives every row its vacuum verdict.
   *
   * @param visTest the horizon, a GlobalVisState pointer; 0: nothing that was ever committed is dead
   */
  void judgeForVacuum(long batch, long visTest) {
    removable = 0;
    needed = Long.MAX_VALUE;
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int left = Memory.getInt(batch + BatchLayout.COUNT); left > 0; left--) {
      int touched = Memory.getInt(entry + BatchLayout.INFO) & UNTOUCHED_MASK;
      int verdict = touched == RowInfo.XMIN_FROZEN ? Verdict.LIVE : verdictForVacuum(entry, visTest);
      Memory.putInt(entry + BatchLayout.VERDICT, verdict);
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
  }

  /** Makes sure that what made a row of the batch dead survives a crash: then the row may go. */
  void allowRemoval(long entry) {
    flush.require(visibility.updater(header.load(entry)));
  }

  private int verdictForVacuum(long entry, long visTest) {
    int verdict = visibility.vacuumVerdict(header.load(entry));
    if (verdict == Verdict.RECENTLY_DEAD && visTest != 0 && isRemovable(visibility.deadAfter(), visTest)) {
      return Verdict.DEAD;
    }
    return verdict;
  }

  private boolean isRemovable(long deadAfter, long visTest) {
    if (deadAfter <= removable) {
      return true;
    }
    if (deadAfter >= needed) {
      return false;
    }
    boolean isRemovable = states.status().isRemovable(deadAfter, visTest);
    if (isRemovable) {
      removable = deadAfter;
    } else {
      needed = deadAfter;
    }
    return isRemovable;
  }
}
