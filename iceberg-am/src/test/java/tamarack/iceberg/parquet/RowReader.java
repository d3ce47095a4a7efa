package tamarack.iceberg.parquet;

import java.util.ArrayList;
import java.util.List;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.type.TableColumn;
import tamarack.tuple.Memory;

/** Reads a whole data file as text, with row numbers from the file. */
public final class RowReader {
  private RowReader() {}

  public static List<String> read(
      String path, long bytes, long rows, List<TableColumn> columns, long[] deleted) {
    long positions = Memory.allocate(8L * Math.max(1, deleted.length));
    for (int i = 0; i < deleted.length; i++) {
      Memory.putLong(positions + 8L * i, deleted[i]);
    }
    DataFile file = new DataFile(path, bytes, rows, 0, 0, false, positions, deleted.length, null);
    List<String> read = new ArrayList<>();
    try (DataFileReader reader = new DataFileReader(file, columns, new ScanCounters());
        ColumnBatch batch = new ColumnBatch(columns, 500)) {
      for (int group = 0; group < reader.groups().size(); group++) {
        reader.openGroup(group, 0, reader.groups().get(group).getRowCount());
        while (reader.read(batch)) {
          read.addAll(TestBatch.read(batch.address(), columns));
        }
      }
    } finally {
      Memory.free(positions);
    }
    return read;
  }
}
