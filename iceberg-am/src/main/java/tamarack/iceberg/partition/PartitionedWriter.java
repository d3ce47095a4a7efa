package tamarack.iceberg.partition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.iceberg.PartitionSpec;
import tamarack.iceberg.parquet.RollingWriter;
import tamarack.iceberg.parquet.WriteOptions;
import tamarack.iceberg.parquet.WrittenFile;
import tamarack.iceberg.type.TableColumn;
import tamarack.tuple.ColumnBatchLayout;
import tamarack.tuple.Memory;

/**
 * Writes each row into a file of its partition. Only {@link #MOST_OPEN} partitions have an open file at a time, so that
 * memory stays bounded whatever the order of the rows; who wants few files sorts the input by partition.
 */
public final class PartitionedWriter implements AutoCloseable {
  static final int MOST_OPEN = 16;

  private static final long ROW_GROUP_BYTES = 8L << 20;
  private static final int FIRST_SELECTION = 64;

  /** A complete file with its partition's values; none when the table is not partitioned. */
  public record PartitionedFile(WrittenFile file, List<Object> partition) {}

  private final List<TableColumn> columns;
  private final WriteOptions options;
  private final Function<String, String> paths;
  private final PartitionSpec spec;
  private final PartitionKeys keys;
  private final Map<PartitionKeys.Key, RollingWriter> open = new LinkedHashMap<>(16, 0.75f, true);
  private final List<PartitionedFile> files = new ArrayList<>();
  private int[] everyRow = new int[0];

  /** @param paths gives the absolute path of a new file for a partition's path ("day=2026-01-01/", or "") */
  public PartitionedWriter(
      List<TableColumn> columns, PartitionSpec spec, WriteOptions options, Function<String, String> paths) {
    this.columns = columns;
    this.spec = spec;
    this.paths = paths;
    this.options = spec.isUnpartitioned() ? options : options.withRowGroupBytes(ROW_GROUP_BYTES);
    this.keys = new PartitionKeys(spec, columns);
  }

  /** Appends all rows of a batch. */
  public void append(long batch) {
    int rows = Memory.getInt(batch + ColumnBatchLayout.ROWS);
    if (spec.isUnpartitioned()) {
      writer(new PartitionKeys.Key(List.of())).append(batch, everyRow(rows), rows);
      return;
    }
    Map<PartitionKeys.Key, Selection> selections = new LinkedHashMap<>();
    for (int row = 0; row < rows; row++) {
      selections.computeIfAbsent(keys.key(batch, row), key -> new Selection()).add(row);
    }
    selections.forEach((key, selection) -> writer(key).append(batch, selection.rows, selection.count));
  }

  private int[] everyRow(int rows) {
    if (everyRow.length < rows) {
      everyRow = new int[rows];
      Arrays.setAll(everyRow, row -> row);
    }
    return everyRow;
  }

  private RollingWriter writer(PartitionKeys.Key key) {
    RollingWriter writer = open.get(key);
    if (writer == null) {
      if (open.size() >= MOST_OPEN) {
        finishOldest();
      }
      String path = spec.isUnpartitioned() ? "" : spec.partitionToPath(key) + "/";
      writer = new RollingWriter(columns, options, () -> paths.apply(path));
      open.put(key, writer);
    }
    return writer;
  }

  private void finishOldest() {
    Map.Entry<PartitionKeys.Key, RollingWriter> oldest = open.entrySet().iterator().next();
    collect(oldest.getKey(), oldest.getValue());
    open.remove(oldest.getKey());
  }

  private void collect(PartitionKeys.Key key, RollingWriter writer) {
    writer.finish().forEach(file -> files.add(new PartitionedFile(file, key.values())));
  }

  /** Ends all files and tells what was written. */
  public List<PartitionedFile> finish() {
    while (!open.isEmpty()) {
      finishOldest();
    }
    List<PartitionedFile> written = List.copyOf(files);
    files.clear();
    return written;
  }

  /** Removes all files, unless {@link #finish} has told of them. */
  @Override
  public void close() {
    files.forEach(each -> each.file().remove());
    files.clear();
    open.values().forEach(RollingWriter::close);
    open.clear();
  }

  /** A growing list of row indexes. */
  private static final class Selection {
    private int[] rows = new int[FIRST_SELECTION];
    private int count;

    void add(int row) {
      if (count == rows.length) {
        rows = Arrays.copyOf(rows, 2 * count);
      }
      rows[count++] = row;
    }
  }
}
