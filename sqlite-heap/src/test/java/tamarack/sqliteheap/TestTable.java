package tamarack.sqliteheap;

import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.OperationFlag;
import tamarack.tuple.OperationKind;
import tamarack.tuple.OperationLayout;
import tamarack.tuple.RowInfo;
import tamarack.tuple.Verdict;

/** A table in memory, used by fake sessions as C uses a table: through off-heap structures. */
final class TestTable implements AutoCloseable {
  /** Everything that came out of an operation. */
  record Outcome(
      int action, int result, long waitXid, long failureRow, long failureXmax, int failureCmax, int outFlags) {}

  private static final int ENTRY_BYTES = 96;

  private final MemoryRowStore store = new MemoryRowStore();
  private final long operation = Memory.allocate(OperationLayout.SIZE);
  private final long batch = Memory.allocate(BatchLayout.HEADER_SIZE + ENTRY_BYTES);
  private long nextRow;

  MemoryRowStore store() {
    return store;
  }

  long nextRow() {
    return nextRow;
  }

  RowHeader header(long row) {
    return store.header(row);
  }

  long insert(FakeSession session) {
    return insert(session, 0, RowInfo.NEXT_NONE);
  }

  long insert(FakeSession session, int info, long next) {
    long row = nextRow++;
    fill(new RowHeader().set(row, session.xid(), 0, next, session.command(), info));
    store.begin();
    store.insert(batch, 1);
    store.commit();
    return row;
  }

  Outcome delete(FakeSession session, long row) {
    return run(session, OperationKind.DELETE, row, 0, 0, 0);
  }

  Outcome delete(FakeSession session, long row, int flags, long crosscheck) {
    return run(session, OperationKind.DELETE, row, 0, flags, crosscheck);
  }

  /** The new version, if there is one, has the row number that was {@link #nextRow} before. */
  Outcome update(FakeSession session, long row, boolean keyUnchanged) {
    fill(new RowHeader().set(0, 0, 0, RowInfo.NEXT_NONE, 0, 0));
    int flags = keyUnchanged ? OperationFlag.KEY_UNCHANGED : 0;
    Outcome outcome = run(session, OperationKind.UPDATE, row, 0, flags, 0);
    if (store.header(nextRow) != null) {
      nextRow++;
    }
    return outcome;
  }

  Outcome lock(FakeSession session, long row, int lockMode) {
    return lock(session, row, lockMode, true);
  }

  Outcome lock(FakeSession session, long row, int lockMode, boolean follow) {
    return run(session, OperationKind.LOCK, row, lockMode, follow ? OperationFlag.FOLLOW_UPDATES : 0, 0);
  }

  private Outcome run(FakeSession session, int kind, long row, int lockMode, int flags, long crosscheck) {
    Memory.fill(operation, OperationLayout.SIZE, (byte) 0x55);
    Memory.putLong(operation + OperationLayout.ROW, row);
    Memory.putLong(operation + OperationLayout.XID, session.xid());
    Memory.putInt(operation + OperationLayout.CID, session.command());
    Memory.putInt(operation + OperationLayout.LOCK_MODE, lockMode);
    Memory.putInt(operation + OperationLayout.FLAGS, flags);
    Memory.putLong(operation + OperationLayout.CROSSCHECK, crosscheck);
    Memory.putLong(operation + OperationLayout.NEW_ROW_BATCH, batch);
    Memory.putLong(operation + OperationLayout.NEW_ROW, nextRow);
    session.rules().operations().run(store, kind, operation);
    if (store.isInTransaction()) {
      throw new AssertionError("left in a transaction");
    }
    return new Outcome(
        Memory.getInt(operation + OperationLayout.ACTION),
        Memory.getInt(operation + OperationLayout.RESULT),
        Memory.getLong(operation + OperationLayout.WAIT_XID),
        Memory.getLong(operation + OperationLayout.FAILURE_ROW),
        Memory.getLong(operation + OperationLayout.FAILURE_XMAX),
        Memory.getInt(operation + OperationLayout.FAILURE_CMAX),
        Memory.getInt(operation + OperationLayout.OUT_FLAGS));
  }

  /** Whether a session's snapshot sees a row, as a scan finds out. */
  boolean isVisible(FakeSession session, long row, long snapshot) {
    fill(store.header(row));
    session.rules().judge().judge(batch, snapshot);
    return Memory.getInt(batch + BatchLayout.HEADER_SIZE + BatchLayout.VERDICT) == Verdict.VISIBLE;
  }

  /** A row's vacuum verdict, as a scan finds out. */
  int vacuumVerdict(FakeSession session, long row, long horizon) {
    fill(store.header(row));
    session.rules().judge().judgeForVacuum(batch, horizon);
    return Memory.getInt(batch + BatchLayout.HEADER_SIZE + BatchLayout.VERDICT);
  }

  private void fill(RowHeader header) {
    Memory.putInt(batch + BatchLayout.COUNT, 1);
    long entry = batch + BatchLayout.HEADER_SIZE;
    header.store(entry);
    Memory.putInt(entry + BatchLayout.ENTRY_SIZE, ENTRY_BYTES);
  }

  @Override
  public void close() {
    Memory.free(operation);
    Memory.free(batch);
  }
}
