package tamarack.iceberg.parquet;

import java.util.List;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.type.TableColumn;

/**
 * Reads the data files of one table one after the other into one batch. It can start at any row number, and go back:
 * for ANALYZE, TABLESAMPLE and rescans.
 */
public final class TableScan implements AutoCloseable {
  /** Compressed bytes of a row group read at a time, about. */
  private static final long WINDOW_BYTES = 16L << 20;

  private final List<ScanFile> files;
  private final List<TableColumn> columns;
  private final RowGroupFilter filter;
  private final long windowBytes;
  private final ColumnBatch batch;
  private final ScanCounters counters = new ScanCounters();
  private RowFetcher fetcher;
  private DataFileReader reader;
  private int nextFile;
  private int nextGroup;
  private boolean isInGroup;
  private long groupRows;
  private long windowRows;
  private long nextRow;

  /** @param columns what is read, in the order of the batch */
  public TableScan(List<ScanFile> files, List<TableColumn> columns, RowGroupFilter filter) {
    this(files, columns, filter, WINDOW_BYTES);
  }

  /** @param windowBytes how much of a row group is read at a time */
  TableScan(List<ScanFile> files, List<TableColumn> columns, RowGroupFilter filter, long windowBytes) {
    this.windowBytes = windowBytes;
    this.files = List.copyOf(files);
    this.columns = List.copyOf(columns);
    this.filter = filter;
    this.batch = new ColumnBatch(columns, ColumnBatch.DEFAULT_CAPACITY);
  }

  public ScanCounters counters() {
    return counters;
  }

  /** The address of the next batch, valid until the next call; 0 at the end. */
  public long next() {
    while (true) {
      if (reader != null && isInGroup && reader.read(batch)) {
        batch.setFile(nextFile - 1);
        return batch.address();
      }
      if (!openNext()) {
        return 0;
      }
    }
  }

  private boolean openNext() {
    if (isInGroup && nextRow < groupRows) {
      openWindow();
      return true;
    }
    isInGroup = false;
    while (reader != null && nextGroup < reader.groups().size()) {
      int group = nextGroup++;
      if (filter.mayMatch(reader.groups().get(group), reader.schema())) {
        startGroup(group);
        return true;
      }
      counters.rowGroupsPruned++;
    }
    closeReader();
    while (nextFile < files.size()) {
      ScanFile file = files.get(nextFile++);
      if (file.mayMatch()) {
        reader = new DataFileReader(file.file(), columns, counters);
        nextGroup = 0;
        return true;
      }
      counters.filesPruned++;
    }
    return false;
  }

  private void startGroup(int group) {
    groupRows = reader.groups().get(group).getRowCount();
    windowRows = reader.rowsPerWindow(group, windowBytes);
    nextRow = 0;
    isInGroup = true;
    counters.rowGroupsRead++;
    openWindow();
  }

  /** A row group of another writer may be larger than the memory of a backend: it is read piece by piece. */
  private void openWindow() {
    long from = nextRow;
    nextRow = Math.min(groupRows, from + windowRows);
    reader.openGroup(nextGroup - 1, from, nextRow);
  }

  private void closeReader() {
    isInGroup = false;
    if (reader != null) {
      DataFileReader open = reader;
      reader = null;
      open.close();
    }
  }

  /** Starts anew. */
  public void rewind() {
    closeReader();
    nextFile = 0;
    nextGroup = 0;
  }

  /**
   * Finds one row by its number, whether it is deleted or not, in this scan's files.
   *
   * @return its index in the batch at {@link #fetchedBatch}, -1 when no file has it
   */
  public int fetch(long rowNumber) {
    if (fetcher == null) {
      fetcher = new RowFetcher(files.stream().map(ScanFile::file).toList(), columns, counters);
    }
    return fetcher.fetch(rowNumber);
  }

  /** The address of the batch that the last {@link #fetch} found its row in. */
  public long fetchedBatch() {
    return fetcher.batch().address();
  }

  @Override
  public void close() {
    closeReader();
    if (fetcher != null) {
      fetcher.close();
      fetcher = null;
    }
    batch.close();
  }
}
