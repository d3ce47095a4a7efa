package tamarack.sqliteheap;

import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.tuple.RowInfo;

/** Ends a speculative insertion (INSERT … ON CONFLICT). */
final class Speculation {
  private final RowHeader row = new RowHeader();

  /** Makes the row version an ordinary one, or dead to everybody, its inserter included. One short transaction. */
  void finish(RowStore store, long number, boolean succeeded) {
    store.begin();
    try {
      if (!store.readHeader(number, row) || !row.isSpeculative()) {
        throw new TamarackException(
            SqlState.INTERNAL_ERROR, "row version " + number + " does not belong to a speculative insertion");
      }
      row.change(RowInfo.SPECULATIVE, false);
      row.setNext(RowInfo.NEXT_NONE);
      if (!succeeded) {
        row.setXmin(0);
        row.clearXmax();
      }
      store.writeHeader(row);
      store.commit();
    } catch (Throwable failure) {
      RowOperations.rollBack(store, failure);
      throw failure;
    }
  }
}
