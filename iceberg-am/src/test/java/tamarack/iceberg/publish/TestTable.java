package tamarack.iceberg.publish;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.CloseableIterable;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.delete.DeletedPositions;
import tamarack.iceberg.io.LocalFileIO;
import tamarack.iceberg.parquet.RowReader;
import tamarack.iceberg.parquet.WriteOptions;
import tamarack.iceberg.partition.PartitionedWriter;
import tamarack.iceberg.type.TableColumn;

/** A table as PostgreSQL would keep it, with its publications, and what core's scan planning says of these. */
final class TestTable {
  final Path directory;
  final List<LiveFile> files = new ArrayList<>();
  final Map<String, String> properties = new HashMap<>();
  List<TableColumn> columns;
  int formatVersion;
  String partitioning;
  String previous;
  long timestamp = System.currentTimeMillis();
  String publishedRoot;
  private final String uuid = UUID.randomUUID().toString();
  private int nextFile;
  private long nextRow;

  TestTable(Path directory, int formatVersion, List<TableColumn> columns) {
    this.directory = directory;
    this.formatVersion = formatVersion;
    this.columns = columns;
    this.publishedRoot = directory.toString();
  }

  /** Writes rows into new data files. */
  void insert(List<Object[]> rows) {
    PartitionSpec spec = MetadataChanges.spec(partitioning, columns);
    try (PartitionedWriter writer = new PartitionedWriter(columns, spec, WriteOptions.defaults(), this::newPath);
        TestBatch batch = new TestBatch(columns, rows.size())) {
      writer.append(batch.fill(rows, nextRow).address());
      nextRow += rows.size();
      for (PartitionedWriter.PartitionedFile each : writer.finish()) {
        FileStatistics statistics = new FileStatistics(
            each.file().metrics(), each.file().splitOffsets(), spec.specId(),
            FileStatistics.partitionBytes(spec, each.partition()));
        String path = directory.relativize(Path.of(each.file().path())).toString();
        files.add(new LiveFile(path, each.file().bytes(), statistics.encode(), new long[0]));
      }
    }
  }

  private String newPath(String partition) {
    return directory.resolve("data/" + partition + "%05d.parquet".formatted(nextFile++)).toString();
  }

  void delete(int file, long... positions) {
    LiveFile old = files.get(file);
    TreeSet<Long> all = new TreeSet<>();
    for (long each : old.deleted()) {
      all.add(each);
    }
    for (long each : positions) {
      all.add(each);
    }
    long[] deleted = all.stream().mapToLong(Long::longValue).toArray();
    files.set(file, new LiveFile(old.path(), old.bytes(), old.statistics(), deleted));
  }

  PublishedState publish() {
    int last = columns.stream().mapToInt(TableColumn::fieldId).max().orElse(0);
    PublishedState published = Publication.publish(new TableState(
        uuid, publishedRoot, directory.toString(), formatVersion, columns, last, partitioning, properties,
        List.copyOf(files), previous, timestamp));
    previous = published.metadata();
    timestamp += 1000;
    return published;
  }

  LocalFileIO io() {
    return new LocalFileIO(publishedRoot, directory.toString());
  }

  TableMetadata metadata() {
    return MetadataFiles.read(io(), previous);
  }

  /** The rows that another engine would see, as text, by core's planning of a snapshot (-1: the current one). */
  List<String> read(long snapshot) {
    LocalFileIO io = io();
    BaseTable table = new BaseTable(new MetadataOperations(io, metadata()), "read");
    List<String> rows = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks =
        snapshot < 0 ? table.newScan().planFiles() : table.newScan().useSnapshot(snapshot).planFiles()) {
      Map<String, List<String>> byFile = new LinkedHashMap<>();
      for (FileScanTask task : tasks) {
        long[] deleted = DeletedPositions.of(task.file().location(), task.deletes(), io);
        byFile.put(task.file().location(), RowReader.read(
            io.local(task.file().location()), task.file().fileSizeInBytes(), task.file().recordCount(), columns,
            deleted));
      }
      byFile.values().forEach(rows::addAll);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return rows.stream().sorted().toList();
  }
}
