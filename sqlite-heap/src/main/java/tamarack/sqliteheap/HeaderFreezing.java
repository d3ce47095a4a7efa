package tamarack.sqliteheap;

import tamarack.backend.Backend;
import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;

/** Freezes a range of a file's rows in one transaction of the file. */
final class HeaderFreezing {
  private static final int BATCH_BYTES = 128 * 1024;

  private final RowFreezer freezer;
  private final RowHeader row = new RowHeader();
  private long batch;

  HeaderFreezing(RowFreezer freezer) {
    this.freezer = freezer;
  }

  /** Rows changed, of {@code first..last}; the limits ({@link tamarack.tuple.FreezeLayout}) get what stays. */
  int run(TableFile file, FileRows store, long first, long last, long limits) {
    if (batch == 0) {
      batch = Memory.allocate(BATCH_BYTES);
    }
    freezer.attach(limits);
    int changed = 0;
    file.begin();
    try {
      for (long next = first; next >= 0 && next <= last; next = Memory.getLong(batch + BatchLayout.RESUME_ROW)) {
        Backend.checkInterrupts();
        int count = file.scan(next, last, Integer.MAX_VALUE, true, batch, BATCH_BYTES);
        changed += freeze(store, count);
      }
      file.commit();
    } catch (Throwable failure) {
      RowOperations.rollBack(store, failure);
      throw failure;
    }
    freezer.report();
    return changed;
  }

  private int freeze(RowStore store, int count) {
    int changed = 0;
    long entry = batch + BatchLayout.HEADER_SIZE;
    for (int left = count; left > 0; left--) {
      if (freezer.freeze(row.load(entry))) {
        store.writeHeader(row);
        changed++;
      }
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
    return changed;
  }
}
