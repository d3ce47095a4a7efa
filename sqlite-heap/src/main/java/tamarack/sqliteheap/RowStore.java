package tamarack.sqliteheap;

/**
 * The row versions of one table, as the rules for changing them see it. Writes happen between {@link #begin} and
 * {@link #commit} or {@link #rollback}; whoever writes holds the table's writer slot, so that what it read stays as it
 * is. Failures are {@link tamarack.backend.TamarackException}s.
 */
interface RowStore {
  /** Fills the header of a row version; false when there is no such row. */
  boolean readHeader(long row, RowHeader into);

  /** Replaces the header of the row version that it names, which exists. */
  void writeHeader(RowHeader header);

  /** Inserts the rows of a write batch ({@link tamarack.tuple.BatchLayout}). */
  void insert(long batch, int count);

  /** Begins a short write transaction of the file. */
  void begin();

  /** Ends the transaction; on failure nothing of it is written and it is over. */
  void commit();

  /** Takes back everything since {@link #begin}. Does nothing outside a transaction. */
  void rollback();
}
