package tamarack.sqliteheap;

import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;

/** The header of one row version: mutable, reused from row to row. The fields are those of {@link BatchLayout}. */
final class RowHeader {
  private long row;
  private long xmin;
  private long xmax;
  private long next;
  private int cid;
  private int info;

  /** Fills everything. */
  RowHeader set(long row, long xmin, long xmax, long next, int cid, int info) {
    this.row = row;
    this.xmin = xmin;
    this.xmax = xmax;
    this.next = next;
    this.cid = cid;
    this.info = info;
    return this;
  }

  /** Fills everything from the two words in which the file keeps cid and info: {@code info << 32 | cid}. */
  RowHeader set(long row, long xmin, long xmax, long next, long state) {
    return set(row, xmin, xmax, next, (int) state, (int) (state >>> 32));
  }

  /** Fills everything from an entry of a batch. */
  RowHeader load(long entry) {
    return set(
        Memory.getLong(entry + BatchLayout.ROW),
        Memory.getLong(entry + BatchLayout.XMIN),
        Memory.getLong(entry + BatchLayout.XMAX),
        Memory.getLong(entry + BatchLayout.NEXT),
        Memory.getInt(entry + BatchLayout.CID),
        Memory.getInt(entry + BatchLayout.INFO));
  }

  /** Writes everything into an entry of a batch. */
  void store(long entry) {
    Memory.putLong(entry + BatchLayout.ROW, row);
    Memory.putLong(entry + BatchLayout.XMIN, xmin);
    Memory.putLong(entry + BatchLayout.XMAX, xmax);
    Memory.putLong(entry + BatchLayout.NEXT, next);
    Memory.putInt(entry + BatchLayout.CID, cid);
    Memory.putInt(entry + BatchLayout.INFO, info);
  }

  long row() {
    return row;
  }

  long xmin() {
    return xmin;
  }

  /** A transaction id, or a multixact id when {@link #isMulti}. */
  long xmax() {
    return xmax;
  }

  /** The multixact id in xmax. */
  int multi() {
    return (int) xmax;
  }

  long next() {
    return next;
  }

  int cid() {
    return cid;
  }

  int info() {
    return info;
  }

  /** cid and info as the file keeps them. */
  long state() {
    return (long) info << 32 | Integer.toUnsignedLong(cid);
  }

  /** One of {@code RowInfo.MODE_*}. */
  int mode() {
    return RowInfo.mode(info);
  }

  boolean isFrozen() {
    return has(RowInfo.XMIN_FROZEN);
  }

  boolean isSpeculative() {
    return has(RowInfo.SPECULATIVE);
  }

  boolean isMulti() {
    return has(RowInfo.XMAX_MULTI);
  }

  boolean isCombo() {
    return has(RowInfo.CID_IS_COMBO);
  }

  /** Whether xmax names an updater or deleter, whatever became of it. */
  boolean hasUpdater() {
    return (info & RowInfo.MODE_MASK) >= RowInfo.MODE_UPDATED << RowInfo.MODE_SHIFT;
  }

  /** Whether key columns changed, the row was deleted, or somebody took the lock for that. */
  boolean isKeyLocked() {
    int mode = mode();
    return mode == RowInfo.MODE_UPDATE_LOCK || mode == RowInfo.MODE_KEY_UPDATED;
  }

  /** Whether xmax names one who deleted the row version for good, whatever became of it. */
  boolean isDelete() {
    return has(RowInfo.DELETED);
  }

  /** Whether an updater left a link: to a later version, or the mark of a move to another partition. */
  boolean hasSuccessor() {
    return !isSpeculative() && next != RowInfo.NEXT_NONE;
  }

  boolean isMoved() {
    return !isSpeculative() && next == RowInfo.NEXT_MOVED;
  }

  void setXmin(long xmin) {
    this.xmin = xmin;
  }

  void setNext(long next) {
    this.next = next;
  }

  void setCommand(int cid, boolean isCombo) {
    this.cid = cid;
    change(RowInfo.CID_IS_COMBO, isCombo);
  }

  /** Switches info bits on or off. */
  void change(int bits, boolean on) {
    info = on ? info | bits : info & ~bits;
  }

  /** Puts a transaction or multixact into xmax; the link to a successor stays. */
  void setXmax(long xmax, boolean isMulti, int mode) {
    this.xmax = xmax;
    info = RowInfo.withMode(info & ~RowInfo.DELETED, mode);
    change(RowInfo.XMAX_MULTI, isMulti);
  }

  /** Leaves no trace of lockers and updaters. The command id stays: it may hold the inserter's. */
  void clearXmax() {
    setXmax(0, false, RowInfo.MODE_NONE);
    if (!isSpeculative()) {
      next = RowInfo.NEXT_NONE;
    }
  }

  private boolean has(int bit) {
    return (info & bit) != 0;
  }

  @Override
  public String toString() {
    return "row " + row + " xmin " + xmin + " xmax " + xmax + " next " + next + " cid " + cid + " info " + info;
  }
}
