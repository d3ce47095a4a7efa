package tamarack.iceberg.parquet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.parquet.HadoopFreeReadOptions;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;
import tamarack.iceberg.type.Varlena;
import tamarack.tuple.Memory;

/**
 * No test: measures decoding into batches, and the same columns by Parquet's own column readers, one value at a time
 * and copied nowhere. Argument: how many rows.
 */
public final class DecodeSpeed {
  private static final List<TableColumn> COLUMNS = List.of(
      Values.column(1, ValueKind.BIGINT), Values.column(2, ValueKind.INTEGER), Values.column(3, ValueKind.DOUBLE),
      Values.column(4, ValueKind.TIMESTAMP), Values.column(5, ValueKind.STRING), Values.column(6, ValueKind.STRING));
  private static final int BATCH = 2048;
  private static final int ROUNDS = 7;

  private DecodeSpeed() {}

  public static void main(String[] arguments) throws IOException {
    int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5_000_000;
    Path directory = Files.createTempDirectory("decode");
    String path = directory.resolve("speed.parquet").toString();
    long start = System.nanoTime();
    WrittenFile file = write(path, rows);
    long written = (System.nanoTime() - start) / 1_000_000;
    System.out.printf("%d rows written in %d ms, %d bytes%n", rows, written, file.bytes());
    for (int round = 0; round < ROUNDS; round++) {
      System.out.printf("batches: 2 columns %d ms, 6 columns %d ms; column readers: 2 columns %d ms, 6 columns %d ms%n",
          batches(file, List.of(COLUMNS.get(1), COLUMNS.get(2))), batches(file, COLUMNS), readers(file, 2),
          readers(file, 6));
    }
    Files.delete(Path.of(path));
    Files.delete(directory);
  }

  private static WrittenFile write(String path, int rows) {
    try (RollingWriter writer = new RollingWriter(COLUMNS, WriteOptions.defaults(), () -> path);
        ColumnBatch batch = new ColumnBatch(COLUMNS, BATCH)) {
      int[] all = TestBatch.all(BATCH);
      for (int from = 0; from < rows; from += BATCH) {
        int count = Math.min(BATCH, rows - from);
        batch.clear();
        for (int i = 0; i < count; i++) {
          fill(batch, i, from + i);
        }
        writer.append(batch.address(), all, count);
      }
      return writer.finish().getFirst();
    }
  }

  private static void fill(ColumnBatch batch, int row, int number) {
    Memory.putLong(batch.rowNumbers() + row * 8L, number);
    Memory.putLong(batch.values(0) + row * 8L, number);
    Memory.putInt(batch.values(1) + row * 4L, number * 31 % 100);
    Memory.putLong(batch.values(2) + row * 8L, Double.doubleToRawLongBits(number * 0.37));
    Memory.putLong(batch.values(3) + row * 8L, number * 1_000_003L);
    text(batch, 4, row, "region " + number % 20);
    text(batch, 5, row, "customer number " + number * 2_654_435_761L);
  }

  private static void text(ColumnBatch batch, int column, int row, String text) {
    byte[] bytes = Values.text(text);
    long address = batch.arena().allocate(bytes.length + 4L);
    Varlena.putHeader(address, bytes.length);
    Memory.put(bytes, address + 4);
    Memory.putLong(batch.values(column) + row * 8L, address);
  }

  private static long batches(WrittenFile file, List<TableColumn> columns) {
    long start = System.nanoTime();
    DataFile data = new DataFile(
        file.path(), file.bytes(), file.rows(), file.firstRow(), file.lastRow(), file.isContiguous(), 0, 0, null);
    long rows = 0;
    try (TableScan scan = new TableScan(List.of(new ScanFile(data, true)), columns, RowGroupFilter.ALL)) {
      while (scan.next() != 0) {
        rows++;
      }
    }
    return rows == 0 ? -1 : (System.nanoTime() - start) / 1_000_000;
  }

  private static long readers(WrittenFile file, int columns) throws IOException {
    long start = System.nanoTime();
    long sum = 0;
    try (ParquetFileReader reader = new ParquetFileReader(
        new LocalInput(file.path(), file.bytes()), HadoopFreeReadOptions.with(Codecs.INSTANCE))) {
      var schema = reader.getFileMetaData().getSchema();
      List<ColumnDescriptor> wanted =
          columns == 2 ? schema.getColumns().subList(1, 3) : schema.getColumns().subList(0, 6);
      reader.setRequestedSchema(wanted);
      for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
        ColumnReadStoreImpl store = new ColumnReadStoreImpl(pages, new NoConverter(), schema, null);
        for (ColumnDescriptor column : wanted) {
          sum += readColumn(store.getColumnReader(column), pages.getRowCount(), column);
        }
      }
    }
    return sum == 0 ? -1 : (System.nanoTime() - start) / 1_000_000;
  }

  private static long readColumn(ColumnReader reader, long rows, ColumnDescriptor column) {
    long sum = 1;
    for (long row = 0; row < rows; row++) {
      if (reader.getCurrentDefinitionLevel() > 0) {
        sum += switch (column.getPrimitiveType().getPrimitiveTypeName()) {
          case INT32 -> reader.getInteger();
          case INT64 -> reader.getLong();
          case DOUBLE -> (long) reader.getDouble();
          default -> reader.getBinary().length();
        };
      }
      reader.consume();
    }
    return sum | 1;
  }
}
