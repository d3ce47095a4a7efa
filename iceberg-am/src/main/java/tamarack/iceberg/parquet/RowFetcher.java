package tamarack.iceberg.parquet;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.type.TableColumn;
import tamarack.tuple.Memory;

/**
 * Fetches single rows by row number, for index scans: it decodes the pages around a row into a batch and answers from
 * that batch as long as it can. Whether a row is deleted is the caller's question, so deleted rows are found too.
 */
final class RowFetcher implements AutoCloseable {
  /** Rows decoded at a time: less than a scan's, for neighbours may never be asked for. */
  private static final int ROWS = 512;

  /** Compressed bytes read at a time, about, where rows are large. */
  private static final long WINDOW_BYTES = 4L << 20;

  private static final int MOST_OPEN = 8;

  private final List<DataFile> files;
  private final List<TableColumn> columns;
  private final ScanCounters counters;
  private final ColumnBatch batch;
  private final Integer[] byFirstRow;
  private final long[] largestLast;
  private final Map<Integer, DataFileReader> open = new LinkedHashMap<>(16, 0.75f, true);

  RowFetcher(List<DataFile> files, List<TableColumn> columns, ScanCounters counters) {
    this.files = files;
    this.columns = columns;
    this.counters = counters;
    this.batch = new ColumnBatch(columns, ROWS);
    this.byFirstRow = new Integer[files.size()];
    Arrays.setAll(byFirstRow, index -> index);
    Arrays.sort(byFirstRow, Comparator.comparingLong(index -> files.get(index).firstRow()));
    this.largestLast = new long[files.size()];
    for (int i = 0; i < largestLast.length; i++) {
      long last = files.get(byFirstRow[i]).lastRow();
      largestLast[i] = i == 0 ? last : Math.max(last, largestLast[i - 1]);
    }
  }

  ColumnBatch batch() {
    return batch;
  }

  /** The index of the row in {@link #batch}, or -1. */
  int fetch(long rowNumber) {
    int index = inBatch(rowNumber);
    // Back from the last file that starts early enough, as long as some file before it reaches that far.
    for (int i = lastStartingAt(rowNumber); index < 0 && i >= 0 && largestLast[i] >= rowNumber; i--) {
      if (files.get(byFirstRow[i]).lastRow() >= rowNumber) {
        index = fetch(byFirstRow[i], rowNumber);
      }
    }
    return index;
  }

  /** The last of the sorted files whose first row is not above this one; -1 when there is none. */
  private int lastStartingAt(long rowNumber) {
    int low = 0;
    int high = byFirstRow.length;
    while (low < high) {
      int middle = low + high >>> 1;
      if (files.get(byFirstRow[middle]).firstRow() <= rowNumber) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /** Looks into the batch at hand: rows mostly follow each other there. */
  private int inBatch(long rowNumber) {
    int rows = batch.rows();
    if (rows == 0) {
      return -1;
    }
    long numbers = batch.rowNumbers();
    long guess = rowNumber - Memory.getLong(numbers);
    if (guess >= 0 && guess < rows && Memory.getLong(numbers + guess * Long.BYTES) == rowNumber) {
      return (int) guess;
    }
    for (int i = 0; i < rows; i++) {
      if (Memory.getLong(numbers + i * 8L) == rowNumber) {
        return i;
      }
    }
    return -1;
  }

  private int fetch(int file, long rowNumber) {
    DataFileReader reader = reader(file);
    long position = files.get(file).contiguous()
        ? rowNumber - files.get(file).firstRow()
        : position(reader, rowNumber);
    if (position < 0) {
      return -1;
    }
    long start = 0;
    for (int group = 0; group < reader.groups().size(); group++) {
      long rows = reader.groups().get(group).getRowCount();
      if (position < start + rows) {
        long window = Math.min(ROWS, reader.rowsPerWindow(group, WINDOW_BYTES));
        long from = (position - start) / window * window;
        reader.openGroup(group, from, Math.min(rows, from + window));
        batch.setFile(file);
        return findIn(reader, rowNumber);
      }
      start += rows;
    }
    return -1;
  }

  /** Large values may spread the rows over several batches. */
  private int findIn(DataFileReader reader, long rowNumber) {
    while (reader.read(batch)) {
      int index = inBatch(rowNumber);
      if (index >= 0) {
        return index;
      }
    }
    return -1;
  }

  /** Where the row stands in a file whose row numbers do not follow each other; -1 when it is not there. */
  private long position(DataFileReader reader, long rowNumber) {
    return reader.positions().find(rowNumber);
  }

  private DataFileReader reader(int file) {
    DataFileReader reader = open.get(file);
    if (reader == null) {
      if (open.size() >= MOST_OPEN) {
        Map.Entry<Integer, DataFileReader> oldest = open.entrySet().iterator().next();
        open.remove(oldest.getKey());
        oldest.getValue().close();
      }
      reader = new DataFileReader(withoutDeletes(files.get(file)), columns, counters);
      open.put(file, reader);
    }
    return reader;
  }

  private static DataFile withoutDeletes(DataFile file) {
    return new DataFile(
        file.path(), file.bytes(), file.rows(), file.firstRow(), file.lastRow(), file.contiguous(), 0, 0,
        file.nameMapping());
  }

  @Override
  public void close() {
    open.values().forEach(DataFileReader::close);
    open.clear();
    batch.close();
  }
}
