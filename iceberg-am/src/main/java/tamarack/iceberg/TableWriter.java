package tamarack.iceberg;

import java.nio.file.Path;
import java.util.List;
import org.apache.iceberg.PartitionSpec;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.message.MessageWriter;
import tamarack.iceberg.parquet.WriteOptions;
import tamarack.iceberg.parquet.WrittenFile;
import tamarack.iceberg.partition.PartitionedWriter;
import tamarack.iceberg.publish.FileStatistics;
import tamarack.iceberg.type.TableColumn;

/** One writer that C holds: its batch, and data files under {@code <root>/data/}. */
final class TableWriter implements AutoCloseable {
  private final Path root;
  private final String prefix;
  private final PartitionSpec spec;
  private final int specId;
  private final ColumnBatch batch;
  private final PartitionedWriter writer;
  private int nextFile;

  TableWriter(
      List<TableColumn> columns, PartitionSpec spec, WriteOptions options, String root, String prefix, int specId) {
    this.root = Path.of(root);
    this.prefix = prefix;
    this.spec = spec;
    this.specId = specId;
    this.batch = new ColumnBatch(columns, ColumnBatch.DEFAULT_CAPACITY);
    this.writer = new PartitionedWriter(columns, spec, options, this::newPath);
  }

  private String newPath(String partition) {
    return root + "/data/" + partition + prefix + "-%05d.parquet".formatted(nextFile++);
  }

  long batch() {
    return batch.address();
  }

  void write(long address) {
    writer.append(address);
  }

  byte[] finish() {
    List<PartitionedWriter.PartitionedFile> files = writer.finish();
    MessageWriter out = new MessageWriter().i32(files.size());
    for (PartitionedWriter.PartitionedFile each : files) {
      WrittenFile file = each.file();
      FileStatistics statistics = new FileStatistics(
          file.metrics(), file.splitOffsets(), specId, FileStatistics.partitionBytes(spec, each.partition()));
      out.string(file.path().substring(root.toString().length() + 1))
          .i64(file.bytes())
          .i64(file.rows())
          .i64(file.firstRow())
          .i64(file.lastRow())
          .u8(file.isContiguous() ? 1 : 0)
          .bytes(statistics.encode());
    }
    return out.message();
  }

  @Override
  public void close() {
    writer.close();
    batch.close();
  }
}
