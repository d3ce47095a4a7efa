package tamarack.sqliteheap;

import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.Verdict;

/** Removes the rows of an interval that are dead to everybody, in one transaction of the file. */
final class Pruning {
  private static final int BATCH_BYTES = 128 * 1024;

  private final BatchJudge judge;
  private long batch;
  private long rows;

  Pruning(BatchJudge judge) {
    this.judge = judge;
  }

  /** Rows removed, of {@code first..last}, as far as one batch of headers reaches. */
  int run(TableFile file, long first, long last, boolean indexed, long visTest) {
    if (batch == 0) {
      batch = Memory.allocate(BATCH_BYTES);
      rows = Memory.allocate(8L * (BATCH_BYTES / BatchLayout.IMAGE));
    }
    file.scan(first, last, Integer.MAX_VALUE, true, batch, BATCH_BYTES);
    judge.judgeForVacuum(batch, visTest);
    int dead = collectDead();
    if (dead == 0) {
      return 0;
    }
    file.begin();
    try {
      int removed = file.delete(rows, dead);
      if (indexed) {
        PrunedRows.note(file, rows, dead);
      }
      file.commit();
      return removed;
    } catch (Throwable failure) {
      file.rollback();
      throw failure;
    }
  }

  private int collectDead() {
    int dead = 0;
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int left = Memory.getInt(batch + BatchLayout.COUNT); left > 0; left--) {
      if (Memory.getInt(entry + BatchLayout.VERDICT) == Verdict.DEAD) {
        judge.allowRemoval(entry);
        Memory.putLong(rows + 8L * dead++, Memory.getLong(entry + BatchLayout.ROW));
      }
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
    return dead;
  }
}
