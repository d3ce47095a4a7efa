package tamarack.iceberg.parquet;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import tamarack.iceberg.type.TableColumn;

/**
 * Writes rows into data files of the target size, one after the other. The files are the caller's once {@link #finish}
 * has told of them; before that, {@link #close} removes them all.
 */
public final class RollingWriter implements AutoCloseable {
  private final List<TableColumn> columns;
  private final WriteOptions options;
  private final Supplier<String> paths;
  private final List<WrittenFile> files = new ArrayList<>();
  private DataFileWriter current;

  /** @param paths gives the absolute path of each new file */
  public RollingWriter(List<TableColumn> columns, WriteOptions options, Supplier<String> paths) {
    this.columns = columns;
    this.options = options;
    this.paths = paths;
  }

  /** Appends the selected rows of a batch. */
  public void append(long batch, int[] selection, int count) {
    if (count == 0) {
      return;
    }
    if (current == null) {
      current = new DataFileWriter(paths.get(), columns, options);
    }
    current.append(batch, selection, count);
    if (current.estimatedBytes() >= options.targetFileBytes()) {
      finishCurrent();
    }
  }

  private void finishCurrent() {
    DataFileWriter ended = current;
    current = null;
    files.add(ended.finish());
  }

  /** Ends the last file and tells what was written. */
  public List<WrittenFile> finish() {
    if (current != null) {
      finishCurrent();
    }
    List<WrittenFile> written = List.copyOf(files);
    files.clear();
    return written;
  }

  @Override
  public void close() {
    files.forEach(WrittenFile::remove);
    files.clear();
    if (current != null) {
      DataFileWriter open = current;
      current = null;
      open.close();
    }
  }
}
