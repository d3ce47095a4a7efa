package tamarack.iceberg.parquet;

import tamarack.tuple.Memory;

/** Runs of positions in a file that are not deleted. */
final class RowSelector {
  private final long deleted;
  private final int deletedCount;
  private int nextDeleted;
  private long position;
  private long end;

  /** @param deleted address of {@code deletedCount} sorted positions */
  RowSelector(long deleted, int deletedCount) {
    this.deleted = deleted;
    this.deletedCount = deletedCount;
  }

  /** Starts at position {@code from}; {@code to} is the first one not wanted. */
  void start(long from, long to) {
    position = from;
    end = to;
    int low = 0;
    int high = deletedCount;
    while (low < high) {
      int middle = low + high >>> 1;
      if (deletedAt(middle) < from) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    nextDeleted = low;
  }

  private long deletedAt(int index) {
    return Memory.getLong(deleted + (long) index * Long.BYTES);
  }

  /** Moves past deleted rows; the position of the next live row, or -1. */
  long next() {
    while (position < end && nextDeleted < deletedCount && deletedAt(nextDeleted) <= position) {
      position = Math.max(position, deletedAt(nextDeleted) + 1);
      nextDeleted++;
    }
    return position < end ? position : -1;
  }

  /** Takes up to {@code most} live rows that follow each other, after {@link #next}; how many. */
  int take(int most) {
    long limit = nextDeleted < deletedCount ? Math.min(end, deletedAt(nextDeleted)) : end;
    int taken = (int) Math.min(most, limit - position);
    position += taken;
    return taken;
  }
}
