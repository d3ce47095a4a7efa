package tamarack.iceberg.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;

/** Files of other writers: the other page format, other encodings, no field ids. */
class ForeignFileTest {
  private static final List<TableColumn> COLUMNS = List.of(
      Values.column(1, ValueKind.INTEGER), Values.column(2, ValueKind.BIGINT), Values.column(3, ValueKind.STRING),
      Values.column(4, ValueKind.BOOLEAN), Values.column(5, ValueKind.DOUBLE));
  private static final int ROWS = 5000;

  @TempDir
  Path directory;

  private DataFile write(ParquetProperties properties, String names, String mapping) throws IOException {
    String[] name = names.split(" ");
    MessageType schema = MessageTypeParser.parseMessageType(
        "message m { optional int32 " + name[0] + "; optional int64 " + name[1] + "; optional binary " + name[2]
            + " (STRING); optional boolean " + name[3] + "; optional double " + name[4] + "; }");
    Path path = directory.resolve("foreign.parquet");
    var compressor = Codecs.INSTANCE.getCompressor(CompressionCodecName.SNAPPY);
    ParquetFileWriter file = new ParquetFileWriter(
        new LocalOutput(path.toString()), schema, ParquetFileWriter.Mode.CREATE, 1 << 27, 0, 64, 64, true);
    file.start();
    ColumnChunkPageWriteStore pages =
        new ColumnChunkPageWriteStore(compressor, schema, properties.getAllocator(), 64, true);
    ColumnWriteStore store = properties.newColumnWriteStore(schema, pages);
    for (int i = 0; i < ROWS; i++) {
      write(store, schema, row(i));
      store.endRecord();
    }
    file.startBlock(ROWS);
    store.flush();
    pages.flushToFileWriter(file);
    file.endBlock();
    file.end(Map.of());
    return new DataFile(path.toString(), Files.size(path), ROWS, 100, 100 + ROWS - 1, false, 0, 0, mapping);
  }

  private static void write(ColumnWriteStore store, MessageType schema, Object[] row) {
    for (int i = 0; i < row.length; i++) {
      var column = store.getColumnWriter(schema.getColumns().get(i));
      switch (row[i]) {
        case null -> column.writeNull(0, 0);
        case Integer number -> column.write(number, 0, 1);
        case Long number -> column.write(number, 0, 1);
        case Boolean truth -> column.write(truth, 0, 1);
        case Double number -> column.write(number, 0, 1);
        default -> column.write(Binary.fromConstantByteArray((byte[]) row[i]), 0, 1);
      }
    }
  }

  private static Object[] row(int i) {
    return new Object[] {
      i % 9 == 0 ? null : i * 7, i % 8 == 0 ? null : (Object) (i * 1_000_000_007L),
      i % 7 == 0 ? null : Values.text("value " + i % 1000), i % 6 == 0 ? null : (Object) (i % 2 == 0),
      i % 5 == 0 ? null : (Object) (i / 3.0)
    };
  }

  private static List<String> expected() {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      expected.add(TestBatch.expected(100 + i, row(i), COLUMNS));
    }
    return expected;
  }

  private static void check(DataFile file) {
    List<String> expected = expected();
    List<String> read = new ArrayList<>();
    try (TableScan scan = new TableScan(List.of(new ScanFile(file, true)), COLUMNS, RowGroupFilter.ALL)) {
      for (long batch = scan.next(); batch != 0; batch = scan.next()) {
        read.addAll(TestBatch.read(batch, COLUMNS));
      }
      assertEquals(expected, read);
      int index = scan.fetch(100 + 4321);
      assertEquals(expected.get(4321), TestBatch.read(scan.fetchedBatch(), COLUMNS).get(index));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PARQUET_1_0, true, false", "PARQUET_1_0, false, false", "PARQUET_1_0, false, true", "PARQUET_2_0, true, false",
    "PARQUET_2_0, false, false", "PARQUET_2_0, false, true"
  })
  void pagesAndEncodings(ParquetProperties.WriterVersion version, boolean dictionary, boolean split)
      throws IOException {
    ParquetProperties properties = ParquetProperties.builder()
        .withWriterVersion(version)
        .withDictionaryEncoding(dictionary)
        .withByteStreamSplitEncoding(split)
        .withPageSize(3000)
        .build();
    check(write(properties, "a b c d e", null));
  }

  @Test
  void columnsAreFoundByNameMapping() throws IOException {
    String mapping = "[{\"field-id\":2,\"names\":[\"x\",\"second\"]},{\"field-id\":1,\"names\":[\"first\"]},"
        + "{\"field-id\":3,\"names\":[\"t\"]},{\"field-id\":4,\"names\":[\"u\"]},{\"field-id\":5,\"names\":[\"v\"]}]";
    check(write(ParquetProperties.builder().build(), "first x t u v", mapping));
  }

  @Test
  void hugeRowGroupsAreReadPieceByPiece() throws IOException {
    ParquetProperties smallPages = ParquetProperties.builder().withPageSize(1000).withPageRowCountLimit(100).build();
    DataFile file = write(smallPages, "a b c d e", null);
    for (long window : new long[] {1, 500, 10_000}) {
      List<String> read = new ArrayList<>();
      try (TableScan scan =
          new TableScan(List.of(new ScanFile(file, true)), COLUMNS, RowGroupFilter.ALL, window)) {
        for (long batch = scan.next(); batch != 0; batch = scan.next()) {
          read.addAll(TestBatch.read(batch, COLUMNS));
        }
        assertEquals(1, scan.counters().rowGroupsRead);
        assertEquals(ROWS, scan.counters().rowsRead);
      }
      assertEquals(expected(), read);
    }
  }

  @Test
  void aBatchHoldsNoMoreThanItSays() throws IOException {
    DataFile file = write(ParquetProperties.builder().build(), "a b c d e", null);
    try (TableScan scan = new TableScan(List.of(new ScanFile(file, true)), COLUMNS, RowGroupFilter.ALL)) {
      long first = scan.next();
      assertEquals(ColumnBatch.DEFAULT_CAPACITY, TestBatch.read(first, COLUMNS).size());
      assertEquals(file.rows(), ROWS);
    }
  }
}
