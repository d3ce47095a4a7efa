package tamarack.iceberg;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import tamarack.iceberg.filter.FilePruner;
import tamarack.iceberg.filter.Predicate;
import tamarack.iceberg.inspect.Inspection;
import tamarack.iceberg.message.MessageReader;
import tamarack.iceberg.message.MessageWriter;
import tamarack.iceberg.option.TableOptions;
import tamarack.iceberg.parquet.DataFile;
import tamarack.iceberg.parquet.RowGroupFilter;
import tamarack.iceberg.parquet.ScanCounters;
import tamarack.iceberg.parquet.ScanFile;
import tamarack.iceberg.parquet.TableScan;
import tamarack.iceberg.parquet.WriteOptions;
import tamarack.iceberg.partition.PartitioningParser;
import tamarack.iceberg.publish.FileStatistics;
import tamarack.iceberg.publish.InitialDefaults;
import tamarack.iceberg.publish.LiveFile;
import tamarack.iceberg.publish.Publication;
import tamarack.iceberg.publish.PublishedState;
import tamarack.iceberg.publish.TableState;
import tamarack.iceberg.type.ColumnType;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.TypeMapping;
import tamarack.tuple.Memory;

/**
 * Every call from C into the iceberg access method, by the backend's main thread alone. A failure is a
 * {@link tamarack.backend.TamarackException}; C turns it into an ERROR.
 *
 * <p>What crosses rarely crosses as a message in PostgreSQL's own wire form ({@link MessageReader}: pq_send*;
 * {@link MessageWriter}: pq_getmsg*): network order, strings (UTF-8) and byte strings after an i32 length, -1 for null.
 * Rows cross in off-heap batches ({@link tamarack.tuple.ColumnBatchLayout}) without a message. Handles are longs,
 * 0 is none; who opened one closes it, also after an error, and closing twice is harmless.
 *
 * <p>Parts of messages:
 *
 * <pre>
 *   type     u8 ColumnKind, i32 oid, i32 typmod, string name (format_type), i32 typlen, u8 typalign in bytes,
 *            u8 0 | u8 1, type of the element | u8 2, i32 count, for each attribute: string name, u8 has a type, type
 *   column   i32 field id, string name, u8 not null, string comment, type, string Iceberg type, u8 natural,
 *            bytes initial default in PostgreSQL's form (a varlena without header)
 *   columns  i32 count, columns
 *   options  i32 count, for each: string name, string value
 *   filter   u8 whether there is one, PredicateForm
 * </pre>
 */
public final class IcebergTables {
  private static final Handles<TableScan> SCANS = new Handles<>("scan");
  private static final Handles<TableWriter> WRITERS = new Handles<>("writer");

  private IcebergTables() {}

  /**
   * How a column of a new or altered table is kept.
   *
   * @param message type, string what {@code tamarack.type.<column>} says (or null), i32 the table's last field id
   * @return u8 ColumnKind in which values are to cross, string Iceberg type, u8 natural, i32 last field id now
   */
  public static byte[] mapColumn(byte[] message) {
    MessageReader in = new MessageReader(message);
    PostgresType type = in.type();
    String declared = in.string();
    AtomicInteger last = new AtomicInteger(in.i32());
    ColumnType mapped = new TypeMapping(last::incrementAndGet).map(type, declared);
    return new MessageWriter()
        .u8(mapped.postgres().kind().ordinal())
        .icebergType(mapped.iceberg())
        .u8(mapped.natural() ? 1 : 0)
        .i32(last.get())
        .message();
  }

  /** Refuses an unknown option and a bad value with 22023. */
  public static void checkOption(String name, String value) {
    TableOptions.check(name, value);
  }

  /** Whether an option is one of an iceberg table's. */
  public static boolean isOption(String name) {
    return TableOptions.isKnown(name);
  }

  /**
   * Refuses options that do not fit the columns, or name none, with 22023: {@code partitioning} above all.
   *
   * @param message columns, options
   */
  public static void checkTable(byte[] message) {
    MessageReader in = new MessageReader(message);
    List<TableColumn> columns = in.columns();
    Map<String, String> options = in.options();
    options.forEach(TableOptions::check);
    Schema schema = schema(columns);
    TableOptions.checkColumns(options, schema);
    PartitioningParser.parse(options.get(TableOptions.PARTITIONING), schema);
  }

  /**
   * The options after a column has got another name, or has gone.
   *
   * @param message options, string the old name, string the new one (null when the column has gone)
   * @return options
   */
  public static byte[] renameColumn(byte[] message) {
    MessageReader in = new MessageReader(message);
    Map<String, String> renamed = TableOptions.renameColumn(in.options(), in.string(), in.string());
    MessageWriter answer = new MessageWriter().i32(renamed.size());
    renamed.forEach((name, value) -> answer.string(name).string(value));
    return answer.message();
  }

  private static Schema schema(List<TableColumn> columns) {
    return new Schema(columns.stream().map(TableColumn::field).toList());
  }

  /**
   * Starts a scan. Files are opened one by one, when their turn comes.
   *
   * @param message columns to read in the order of the batch, columns the filter names, filter, string name mapping
   *     (JSON, or null), i32 count, for each file: string absolute path, i64 bytes, i64 rows, i64 first row number,
   *     i64 last, u8 contiguous, bytes statistics (or null), i64 address of the sorted deleted positions, i32 their
   *     count; the positions must stay in place until the scan is closed
   * @return handle of the scan
   */
  public static long openScan(byte[] message) {
    MessageReader in = new MessageReader(message);
    List<TableColumn> columns = in.columns();
    List<TableColumn> filtered = in.columns();
    Predicate predicate = in.predicate();
    FilePruner pruner = predicate == null ? null : new FilePruner(predicate, filtered);
    String nameMapping = in.string();
    List<ScanFile> files = new ArrayList<>();
    for (int count = in.i32(); count > 0; count--) {
      files.add(scanFile(in, nameMapping, pruner));
    }
    RowGroupFilter groups = pruner == null ? RowGroupFilter.ALL : pruner;
    return SCANS.add(new TableScan(files, columns, groups));
  }

  private static ScanFile scanFile(MessageReader in, String nameMapping, FilePruner pruner) {
    String path = in.string();
    long bytes = in.i64();
    long rows = in.i64();
    long firstRow = in.i64();
    long lastRow = in.i64();
    boolean contiguous = in.flag();
    byte[] statistics = in.bytes();
    DataFile file =
        new DataFile(path, bytes, rows, firstRow, lastRow, contiguous, in.i64(), in.i32(), nameMapping);
    boolean mayMatch =
        pruner == null || statistics == null || pruner.mayMatch(FileStatistics.decode(statistics).metrics());
    return new ScanFile(file, mayMatch);
  }

  /** The address of the scan's next batch, valid until the next call; 0 at the end. */
  public static long nextBatch(long scan) {
    return SCANS.get(scan).next();
  }

  /** Starts the scan anew. */
  public static void rewindScan(long scan) {
    SCANS.get(scan).rewind();
  }

  /**
   * Finds a row by number among the scan's files, deleted or not, filter or not.
   *
   * @return its index in the batch at {@link #fetchedBatch}; -1 when there is none
   */
  public static int fetchRow(long scan, long rowNumber) {
    return SCANS.get(scan).fetch(rowNumber);
  }

  /** The address of the batch that holds the row fetched last, valid until the next {@link #fetchRow}. */
  public static long fetchedBatch(long scan) {
    return SCANS.get(scan).fetchedBatch();
  }

  /**
   * What the scan did so far.
   *
   * @param counters address of six i64: files read, files pruned, row groups read, row groups pruned, bytes read, rows
   */
  public static void scanCounters(long scan, long counters) {
    ScanCounters done = SCANS.get(scan).counters();
    long[] values = {
      done.filesRead, done.filesPruned, done.rowGroupsRead, done.rowGroupsPruned, done.bytesRead, done.rowsRead
    };
    for (int i = 0; i < values.length; i++) {
      Memory.putLong(counters + (long) i * Long.BYTES, values[i]);
    }
  }

  public static void closeScan(long scan) {
    SCANS.close(scan);
  }

  /**
   * Which files may hold rows that pass a filter, by their statistics: for planning.
   *
   * @param message columns the filter names, filter, i32 count, for each file: bytes statistics
   * @return one byte for each file: 1 it may, 0 it cannot
   */
  public static byte[] pruneFiles(byte[] message) {
    MessageReader in = new MessageReader(message);
    List<TableColumn> columns = in.columns();
    Predicate predicate = in.predicate();
    FilePruner pruner = predicate == null ? null : new FilePruner(predicate, columns);
    byte[] answer = new byte[in.i32()];
    for (int i = 0; i < answer.length; i++) {
      byte[] statistics = in.bytes();
      boolean mayMatch =
          pruner == null || statistics == null || pruner.mayMatch(FileStatistics.decode(statistics).metrics());
      answer[i] = (byte) (mayMatch ? 1 : 0);
    }
    return answer;
  }

  /**
   * Starts writing data files. C fills batches in the order of the columns, row numbers included.
   *
   * @param message columns, options, string absolute root of the table, string a prefix that makes file names unique,
   *     i32 id of the partition spec
   * @return handle of the writer
   */
  public static long openWriter(byte[] message) {
    MessageReader in = new MessageReader(message);
    List<TableColumn> columns = in.columns();
    Map<String, String> options = in.options();
    Schema schema = schema(columns);
    PartitionSpec spec = PartitioningParser.parse(options.get(TableOptions.PARTITIONING), schema);
    WriteOptions write = TableOptions.writeOptions(options, schema);
    return WRITERS.add(new TableWriter(columns, spec, write, in.string(), in.string(), in.i32()));
  }

  /**
   * The address of the writer's own batch, for C to fill; varlenas may lie anywhere until {@link #write} returns.
   * C may as well lay out a batch of its own.
   */
  public static long writerBatch(long writer) {
    return WRITERS.get(writer).batch();
  }

  /** Writes the rows of a batch. */
  public static void write(long writer, long batch) {
    WRITERS.get(writer).write(batch);
  }

  /**
   * Ends all files; the writer is still to be closed. Making the files durable is C's part.
   *
   * @return i32 count, for each file: string path relative to the table's root, i64 bytes, i64 rows, i64 first row
   *     number, i64 last, u8 contiguous, bytes statistics
   */
  public static byte[] finishWriter(long writer) {
    return WRITERS.get(writer).finish();
  }

  /** Gives memory back, and removes all files unless {@link #finishWriter} told of them: those are C's. */
  public static void closeWriter(long writer) {
    WRITERS.close(writer);
  }

  /**
   * Publishes a committed state of a table; see {@link Publication}.
   *
   * @param message string uuid, string published root, string local root, columns, i32 last field id, options, string
   *     previous metadata file (relative, or null), i64 time of the commit in ms since 1970, i32 count, for each live
   *     file: string path relative to the root, i64 bytes, bytes statistics, i64 address of the sorted deleted
   *     positions, i32 their count
   * @return string metadata file relative to the root, i64 snapshot id or -1, i32 count and the paths created, i32
   *     count and the paths that no snapshot reaches any more
   */
  public static byte[] publish(byte[] message) {
    MessageReader in = new MessageReader(message);
    String uuid = in.string();
    String publishedRoot = in.string();
    String localRoot = in.string();
    List<TableColumn> columns = in.columns();
    int lastColumnId = in.i32();
    Map<String, String> options = in.options();
    String previous = in.string();
    long timestamp = in.i64();
    List<LiveFile> files = new ArrayList<>();
    for (int count = in.i32(); count > 0; count--) {
      files.add(new LiveFile(in.string(), in.i64(), in.bytes(), positions(in.i64(), in.i32())));
    }
    int formatVersion = TableOptions.formatVersion(options);
    columns = InitialDefaults.publishable(columns, formatVersion, files, localRoot);
    PublishedState published = Publication.publish(new TableState(
        uuid, publishedRoot, localRoot, formatVersion, columns, lastColumnId,
        options.get(TableOptions.PARTITIONING), TableProperties.of(columns, options), files, previous, timestamp));
    return new MessageWriter()
        .string(published.metadata())
        .i64(published.snapshotId())
        .strings(published.created())
        .strings(published.obsolete())
        .message();
  }

  private static long[] positions(long address, int count) {
    long[] positions = new long[count];
    for (int i = 0; i < count; i++) {
      positions[i] = Memory.getLong(address + (long) i * Long.BYTES);
    }
    return positions;
  }

  /**
   * What an inspection function shows of a published table; see {@link Inspection}.
   *
   * @param message string view, string published root, string local root, string metadata file (relative to the root,
   *     or as published)
   * @return i32 count, for each row: i32 count of columns, strings (or null)
   */
  public static byte[] inspect(byte[] message) {
    MessageReader in = new MessageReader(message);
    List<List<String>> rows = Inspection.rows(in.string(), in.string(), in.string(), in.string());
    MessageWriter answer = new MessageWriter().i32(rows.size());
    rows.forEach(answer::strings);
    return answer.message();
  }

  /** Closes what an aborted transaction left open; returns how many handles those were. */
  public static int closeAll() {
    return SCANS.closeAll() + WRITERS.closeAll();
  }
}
