package tamarack.iceberg.parquet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.parquet.ParquetSchemaUtil;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.MessageType;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.type.TableColumn;
import tamarack.tuple.ColumnBatchLayout;
import tamarack.tuple.Memory;

/**
 * Writes one data file from batches of columns ({@link ColumnBatchLayout}), in the order of the table's columns, each
 * row with its row number. It holds one row group in memory. A file that is not finished is removed by {@link #close}.
 */
final class DataFileWriter implements AutoCloseable {
  /** The column of row numbers, with the name and id of Iceberg's row lineage. */
  static final Types.NestedField ROW_ID = MetadataColumns.ROW_ID;

  private static final int MAX_PADDING = 0;
  private static final int COLUMN_INDEX_TRUNCATE = 64;
  private static final int STATISTICS_TRUNCATE = 64;

  private final String path;
  private final Schema schema;
  private final MessageType message;
  private final WriteOptions options;
  private final ParquetProperties properties;
  private final ParquetFileWriter file;
  private final Codecs codecs;
  private final List<TableColumn> columns;
  private final ValueWriterFactory factory = new ValueWriterFactory();
  private final org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor compressor;

  private ColumnChunkPageWriteStore pages;
  private ColumnWriteStore store;
  private ValueWriter[] writers;
  private org.apache.parquet.column.ColumnWriter rowIds;
  private long rowsInGroup;
  private long firstRow = Long.MAX_VALUE;
  private long lastRow = Long.MIN_VALUE;
  private long nextRow = -1;
  private boolean contiguous = true;
  private boolean finished;

  DataFileWriter(String path, List<TableColumn> columns, WriteOptions options) {
    this.path = path;
    this.columns = columns;
    this.options = options;
    this.schema = fileSchema(columns);
    this.message = ParquetSchemaUtil.convert(schema, "table");
    this.codecs = new Codecs(options.zstdLevel());
    this.compressor = codecs.getCompressor(options.codec());
    this.properties = properties(options);
    this.writers = new ValueWriter[columns.size()];
    try {
      file = new ParquetFileWriter(
          new LocalOutput(path), message, ParquetFileWriter.Mode.CREATE, options.rowGroupBytes(), MAX_PADDING,
          COLUMN_INDEX_TRUNCATE, STATISTICS_TRUNCATE, true);
      file.start();
      startGroup();
    } catch (IOException e) {
      throw ParquetFailure.writing(path, e);
    }
  }

  /** The columns, the shapes of arrays, the row number. */
  static Schema fileSchema(List<TableColumn> columns) {
    List<Types.NestedField> fields = new ArrayList<>();
    columns.forEach(column -> fields.add(column.field()));
    columns.stream().filter(Shapes::has).forEach(column -> fields.add(Shapes.field(column)));
    fields.add(Types.NestedField.required(ROW_ID.fieldId(), ROW_ID.name(), Types.LongType.get()));
    return new Schema(fields);
  }

  private static ParquetProperties properties(WriteOptions options) {
    return ParquetProperties.builder()
        .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_1_0)
        .withPageSize(options.pageBytes())
        .withDictionaryPageSize(options.dictionaryBytes())
        .withValuesWriterFactory(new RowIdValuesWriterFactory())
        .withPageWriteChecksumEnabled(true)
        .withColumnIndexTruncateLength(COLUMN_INDEX_TRUNCATE)
        .build();
  }

  private void startGroup() {
    pages = new ColumnChunkPageWriteStore(
        compressor, message, properties.getAllocator(), COLUMN_INDEX_TRUNCATE, true);
    store = properties.newColumnWriteStore(message, pages);
    factory.start(message, store);
    for (int i = 0; i < writers.length; i++) {
      writers[i] = factory.column(columns.get(i));
    }
    rowIds = store.getColumnWriter(message.getColumnDescription(new String[] {ROW_ID.name()}));
    rowsInGroup = 0;
  }

  /** Appends the rows of a batch that {@code selection} names, in its order. */
  void append(long batch, int[] selection, int count) {
    for (int i = 0; i < writers.length; i++) {
      long column = batch + ColumnBatchLayout.HEADER_SIZE + (long) i * ColumnBatchLayout.COLUMN_SIZE;
      appendColumn(columns.get(i), writers[i], column, selection, count);
    }
    appendRowIds(Memory.getLong(batch + ColumnBatchLayout.ROW_NUMBERS), selection, count);
    for (int i = 0; i < count; i++) {
      store.endRecord();
    }
    rowsInGroup += count;
    if (store.getBufferedSize() >= options.rowGroupBytes()) {
      try {
        flushGroup();
        startGroup();
      } catch (IOException e) {
        throw ParquetFailure.writing(path, e);
      }
    }
  }

  private void appendColumn(TableColumn column, ValueWriter writer, long entry, int[] selection, int count) {
    long values = Memory.getLong(entry + ColumnBatchLayout.VALUES);
    long nulls = Memory.getInt(entry + ColumnBatchLayout.NULL_COUNT) == 0
        ? 0
        : Memory.getLong(entry + ColumnBatchLayout.NULLS);
    boolean indirect = column.kind().isVarlena();
    int width = column.kind().slotWidth();
    int present = column.required() ? 0 : 1;
    for (int i = 0; i < count; i++) {
      int row = selection[i];
      if (nulls != 0 && Memory.getByte(nulls + row) != 0) {
        refuseNull(column);
        writer.writeNull(0, 0);
      } else {
        long slot = values + (long) row * width;
        writer.write(indirect ? Memory.getLong(slot) : slot, 0, present);
      }
    }
  }

  private static void refuseNull(TableColumn column) {
    if (column.required()) {
      throw new TamarackException(
          SqlState.INTERNAL_ERROR, "a null has come to Java for column \"" + column.name() + "\", which is NOT NULL");
    }
  }

  private void appendRowIds(long numbers, int[] selection, int count) {
    for (int i = 0; i < count; i++) {
      long number = Memory.getLong(numbers + (long) selection[i] * Long.BYTES);
      contiguous &= number == nextRow || nextRow < 0;
      nextRow = number + 1;
      firstRow = Math.min(firstRow, number);
      lastRow = Math.max(lastRow, number);
      rowIds.write(number, 0, 0);
    }
  }

  /** Bytes the file will have about, with what is still in memory. */
  long estimatedBytes() {
    try {
      return file.getPos() + store.getBufferedSize() / 2;
    } catch (IOException e) {
      throw ParquetFailure.writing(path, e);
    }
  }

  private void flushGroup() throws IOException {
    if (rowsInGroup > 0) {
      file.startBlock(rowsInGroup);
      store.flush();
      pages.flushToFileWriter(file);
      file.endBlock();
    }
    store.close();
    pages.close();
  }

  /** Writes the footer. */
  WrittenFile finish() {
    try {
      flushGroup();
      file.end(Map.of("iceberg.schema", SchemaParser.toJson(new Schema(schema.asStruct().fields()))));
      finished = true;
      ParquetMetadata footer = file.getFooter();
      long bytes = Files.size(Path.of(path));
      return new WrittenFile(
          path, bytes, metrics(footer), firstRow, lastRow, contiguous, ParquetUtil.getSplitOffsets(footer));
    } catch (IOException e) {
      throw ParquetFailure.writing(path, e);
    } finally {
      close();
    }
  }

  private Metrics metrics(ParquetMetadata footer) {
    Metrics metrics = ParquetUtil.footerMetrics(footer, factory.metrics(), options.metrics());
    return new Metrics(
        metrics.recordCount(), withoutOurs(metrics.columnSizes()), withoutOurs(metrics.valueCounts()),
        withoutOurs(metrics.nullValueCounts()), metrics.nanValueCounts(), withoutUuids(metrics.lowerBounds()),
        withoutUuids(metrics.upperBounds()));
  }

  /** Row numbers and shapes are no columns of the table. */
  private <V> Map<Integer, V> withoutOurs(Map<Integer, V> values) {
    Map<Integer, V> kept = values == null ? new HashMap<>() : new HashMap<>(values);
    kept.remove(ROW_ID.fieldId());
    columns.stream().filter(Shapes::has).forEach(column -> kept.remove(Shapes.fieldId(column)));
    return kept;
  }

  /** Engines disagree whether uuids are compared signed: no bounds, nobody prunes wrongly. */
  private <V> Map<Integer, V> withoutUuids(Map<Integer, V> bounds) {
    Map<Integer, V> kept = withoutOurs(bounds);
    TypeUtil.indexById(schema.asStruct())
        .values().stream()
        .filter(field -> field.type().typeId() == Type.TypeID.UUID)
        .forEach(field -> kept.remove(field.fieldId()));
    return kept;
  }

  /** Gives memory back; removes a file that was not finished. */
  @Override
  public void close() {
    if (compressor != null) {
      compressor.release();
    }
    try {
      file.close();
      if (!finished) {
        finished = true;
        Files.deleteIfExists(Path.of(path));
      }
    } catch (IOException e) {
      throw ParquetFailure.writing(path, e);
    }
  }
}
