package tamarack.iceberg.parquet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.mapping.NameMappingParser;
import org.apache.iceberg.parquet.ParquetSchemaUtil;
import org.apache.parquet.HadoopFreeReadOptions;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.filter2.columnindex.RowRanges;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.memory.ByteArena;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.TypeMapping;
import tamarack.iceberg.type.ValueKind;

/**
 * Reads one data file into batches: the projected columns, found by field id, the rows that are not deleted, the row
 * groups that a filter keeps. A batch never spans two row groups, and its values live until the next one is asked for.
 */
final class DataFileReader implements AutoCloseable {
  private static final TableColumn ROW_ID = TableColumn.optional(
      DataFileWriter.ROW_ID.fieldId(), DataFileWriter.ROW_ID.name(),
      new TypeMapping(() -> 0).map(PostgresType.scalar(ValueKind.BIGINT, 20, -1, "bigint"), null));

  private static final long STEP_BYTES = 1 << 20;

  private final DataFile file;
  private final List<TableColumn> columns;
  private final ScanCounters counters;
  private final ParquetFileReader parquet;
  private final List<BlockMetaData> groups;
  private final MessageType schema;
  private final Map<Integer, Type> fields = new HashMap<>();
  private final boolean readsRowIds;
  private final ByteArena groupArena = new ByteArena();
  private final RowSelector selector;

  private BatchColumn[] readers;
  private BlockMetaData block;
  private PageReadStore pages;
  private long groupStart;
  private long firstRowRead;
  private RowPositions positions;

  DataFileReader(DataFile file, List<TableColumn> columns, ScanCounters counters) {
    this.file = file;
    this.columns = columns;
    this.counters = counters;
    this.selector = new RowSelector(file.deleted(), file.deletedCount());
    try {
      parquet = new ParquetFileReader(
          new LocalInput(file.path(), file.bytes()), HadoopFreeReadOptions.with(Codecs.INSTANCE));
    } catch (IOException | RuntimeException e) {
      throw ParquetFailure.reading(file.path(), e);
    }
    groups = parquet.getRowGroups();
    schema = withIds(parquet.getFileMetaData().getSchema(), file.nameMapping());
    schema.getFields().stream()
        .filter(field -> field.getId() != null)
        .forEach(field -> fields.put(field.getId().intValue(), field));
    readsRowIds = !file.contiguous() && fields.containsKey(ROW_ID.fieldId());
    counters.filesRead++;
  }

  private static MessageType withIds(MessageType schema, String nameMapping) {
    if (ParquetSchemaUtil.hasIds(schema)) {
      return schema;
    }
    return nameMapping == null
        ? ParquetSchemaUtil.addFallbackIds(schema)
        : ParquetSchemaUtil.applyNameMapping(schema, NameMappingParser.fromJson(nameMapping));
  }

  MessageType schema() {
    return schema;
  }

  List<BlockMetaData> groups() {
    return groups;
  }

  /** Where rows stand by their number; read once, and only when asked for. */
  RowPositions positions() {
    if (positions == null) {
      positions = RowPositions.read(file, counters);
    }
    return positions;
  }

  /** Position in the file of a row group's first row. */
  long startOf(int group) {
    long start = 0;
    for (int i = 0; i < group; i++) {
      start += groups.get(i).getRowCount();
    }
    return start;
  }

  /** Starts reading a row group from row {@code from} up to {@code to} (exclusive), both counted in the group. */
  void openGroup(int group, long from, long to) {
    closeGroup();
    block = groups.get(group);
    groupStart = startOf(group);
    boolean whole = to - from == block.getRowCount() || !hasOffsets(block);
    firstRowRead = whole ? 0 : from;
    try {
      List<ColumnDescriptor> wanted = wanted();
      parquet.setRequestedSchema(wanted);
      if (!wanted.isEmpty()) {
        pages = whole
            ? parquet.readRowGroup(group)
            : parquet.readFilteredRowGroup(group, RowRanges.builder().addSelectedRange(from, to - 1).build());
        countBytes(wanted, to - from);
      }
    } catch (IOException | RuntimeException e) {
      throw ParquetFailure.reading(file.path(), e);
    }
    selector.start(groupStart + from, groupStart + to);
  }

  /** How many rows of a row group hold about this many compressed bytes of what is read. */
  long rowsPerWindow(int group, long windowBytes) {
    BlockMetaData whole = groups.get(group);
    long bytes = 1;
    for (ColumnDescriptor each : wanted()) {
      bytes += chunk(whole, each).getTotalSize();
    }
    long windows = hasOffsets(whole) ? (bytes + windowBytes - 1) / windowBytes : 1;
    return Math.max(1, (whole.getRowCount() + windows - 1) / windows);
  }

  private static boolean hasOffsets(BlockMetaData block) {
    return block.getColumns().stream().allMatch(chunk -> chunk.getOffsetIndexReference() != null);
  }

  private void countBytes(List<ColumnDescriptor> wanted, long rows) {
    for (ColumnDescriptor each : wanted) {
      counters.bytesRead += chunk(block, each).getTotalSize() * rows / block.getRowCount();
    }
  }

  private static ColumnChunkMetaData chunk(BlockMetaData block, ColumnDescriptor column) {
    List<String> path = List.of(column.getPath());
    return block.getColumns().stream()
        .filter(chunk -> List.of(chunk.getPath().toArray()).equals(path))
        .findFirst().orElseThrow();
  }

  private List<ColumnDescriptor> wanted() {
    List<ColumnDescriptor> wanted = new ArrayList<>();
    for (TableColumn column : columns) {
      addLeaves(fields.get(column.fieldId()), wanted);
      addLeaves(Shapes.has(column) ? fields.get(Shapes.fieldId(column)) : null, wanted);
    }
    if (readsRowIds) {
      addLeaves(fields.get(ROW_ID.fieldId()), wanted);
    }
    return wanted;
  }

  private void addLeaves(Type field, List<ColumnDescriptor> wanted) {
    if (field == null) {
      return;
    }
    for (ColumnDescriptor each : parquet.getFileMetaData().getSchema().getColumns()) {
      if (each.getPath()[0].equals(field.getName())) {
        wanted.add(each);
      }
    }
  }

  private void bind(ColumnBatch batch) throws IOException {
    readers = new BatchColumn[columns.size() + (readsRowIds ? 1 : 0)];
    for (int i = 0; i < columns.size(); i++) {
      readers[i] = reader(columns.get(i), batch);
    }
    if (readsRowIds) {
      readers[columns.size()] = reader(ROW_ID, batch);
    }
  }

  private BatchColumn reader(TableColumn column, ColumnBatch batch) throws IOException {
    Type field = fields.get(column.fieldId());
    if (field == null) {
      return new ConstantColumn(column, groupArena);
    }
    if (field.isPrimitive() != column.icebergType().isPrimitiveType()) {
      throw new TamarackException(
          SqlState.FEATURE_NOT_SUPPORTED,
          "data file \"" + file.path() + "\" keeps column \"" + column.name() + "\" in a form that no longer fits its type",
          "The file has " + field + ".", "Undo the change of type " + column.type().postgres().name() + ".", null);
    }
    if (!field.isPrimitive()) {
      return nested(column, field, batch);
    }
    ColumnDescriptor descriptor = descriptor(field);
    var physical = descriptor.getPrimitiveType().getPrimitiveTypeName();
    var statistics = chunk(block, descriptor).getStatistics();
    boolean mayBeNull = statistics == null || !statistics.isNumNullsSet() || statistics.getNumNulls() > 0;
    return new FlatColumn(
        descriptor, pages.getPageReader(descriptor), Sink.of(column, physical, batch.arena()),
        Sink.of(column, physical, groupArena), groupArena, column.kind().slotWidth(), mayBeNull);
  }

  private BatchColumn nested(TableColumn column, Type field, ColumnBatch batch) {
    Type shapes = Shapes.has(column) ? fields.get(Shapes.fieldId(column)) : null;
    MessageType whole = parquet.getFileMetaData().getSchema();
    ColumnReadStoreImpl store =
        new ColumnReadStoreImpl(pages, new NoConverter(), whole, parquet.getFileMetaData().getCreatedBy());
    // Ids come from a name mapping where the file has none; paths are the same.
    return new NestedColumn(column, whole, field, shapes, store::getColumnReader, batch.arena(), firstRowRead);
  }

  /**
   * Fills a batch with the next rows of the row group.
   *
   * @return false when it has no more
   */
  boolean read(ColumnBatch batch) {
    batch.clear();
    try {
      if (readers == null) {
        bind(batch);
      }
      new BatchFiller(batch, readers, columns.size(), rowsPerStep()).fill(selector, groupStart, file, readsRowIds);
    } catch (IOException | RuntimeException e) {
      throw ParquetFailure.reading(file.path(), e);
    }
    counters.rowsRead += batch.rows();
    return batch.rows() > 0;
  }

  /** How many rows may be decoded before the next look at the memory that their varlenas take. */
  private int rowsPerStep() {
    long bytes = 1;
    for (TableColumn column : columns) {
      Type field = fields.get(column.fieldId());
      if (column.kind().isVarlena() && field != null && field.isPrimitive()) {
        bytes += chunk(block, descriptor(field)).getTotalUncompressedSize();
      }
    }
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, STEP_BYTES * block.getRowCount() / bytes));
  }

  private ColumnDescriptor descriptor(Type field) {
    return parquet.getFileMetaData().getSchema().getColumnDescription(new String[] {field.getName()});
  }

  private void closeGroup() {
    readers = null;
    if (pages != null) {
      pages.close();
      pages = null;
    }
    groupArena.clear();
  }

  @Override
  public void close() {
    closeGroup();
    groupArena.close();
    try {
      parquet.close();
    } catch (IOException e) {
      throw ParquetFailure.reading(file.path(), e);
    }
  }
}
