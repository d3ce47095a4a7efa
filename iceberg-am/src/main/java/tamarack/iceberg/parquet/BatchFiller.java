package tamarack.iceberg.parquet;

import tamarack.iceberg.batch.ColumnBatch;
import tamarack.tuple.ColumnBatchLayout;
import tamarack.tuple.Memory;

/** Fills one batch with runs of live rows, column by column. */
final class BatchFiller {
  /** A batch ends early when its varlenas take this much. */
  private static final long FULL_BYTES = 16L << 20;

  private final ColumnBatch batch;
  private final BatchColumn[] readers;
  private final int columns;
  private final int step;
  private final int[] nullCounts;

  /** @param step rows between two looks at the bytes taken */
  BatchFiller(ColumnBatch batch, BatchColumn[] readers, int columns, int step) {
    this.batch = batch;
    this.readers = readers;
    this.columns = columns;
    this.step = step;
    this.nullCounts = new int[readers.length];
  }

  void fill(RowSelector selector, long groupStart, DataFile file, boolean hasRowIds) {
    int filled = 0;
    long position = selector.next();
    while (position >= 0 && filled < batch.capacity() && batch.arena().used() < FULL_BYTES) {
      int count = selector.take(Math.min(batch.capacity() - filled, step));
      read(position - groupStart, count, filled, hasRowIds);
      number(position, count, filled, hasRowIds, file);
      filled += count;
      position = selector.next();
    }
    for (int i = 0; i < columns; i++) {
      batch.setNullCount(i, nullCounts[i]);
    }
    batch.setRows(filled);
  }

  private void read(long groupRow, int count, int at, boolean hasRowIds) {
    for (int i = 0; i < columns; i++) {
      readers[i].seek(groupRow);
      long entry = batch.column(i);
      int width = Memory.getInt(entry + ColumnBatchLayout.WIDTH);
      long slots = batch.values(i) + (long) at * (width < 0 ? Long.BYTES : width);
      nullCounts[i] += readers[i].read(count, batch.nulls(i) + at, slots);
    }
    if (hasRowIds) {
      // The null map of the positions is not needed yet: their area takes it until number() fills it.
      long scratch = batch.positions() + (long) at * Long.BYTES;
      readers[columns].seek(groupRow);
      nullCounts[columns] += readers[columns].read(count, scratch, batch.rowNumbers() + (long) at * Long.BYTES);
    }
  }

  private void number(long position, int count, int at, boolean hasRowIds, DataFile file) {
    long numbers = batch.rowNumbers() + (long) at * Long.BYTES;
    long positions = batch.positions() + (long) at * Long.BYTES;
    if (hasRowIds && nullCounts[columns] > 0) {
      fillMissing(position, count, numbers, positions, file.firstRow());
    }
    for (int i = 0; i < count; i++) {
      Memory.putLong(positions + i * 8L, position + i);
      if (!hasRowIds) {
        Memory.putLong(numbers + i * 8L, file.firstRow() + position + i);
      }
    }
  }

  /** A row whose number is null got it from its place when the file was added, as in Iceberg's row lineage. */
  private static void fillMissing(long position, int count, long numbers, long nulls, long firstRow) {
    for (int i = 0; i < count; i++) {
      if (Memory.getByte(nulls + i) != 0) {
        Memory.putLong(numbers + i * 8L, firstRow + position + i);
      }
    }
  }
}
