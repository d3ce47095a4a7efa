package tamarack.iceberg.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Conversions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.iceberg.TestBatch;
import tamarack.iceberg.Values;
import tamarack.iceberg.option.TableOptions;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;

/** What a data file's statistics say. */
class MetricsTest {
  private static final List<TableColumn> COLUMNS = List.of(
      Values.column(1, ValueKind.INTEGER), Values.column(2, ValueKind.DOUBLE), Values.column(3, ValueKind.UUID),
      Values.column(4, ValueKind.STRING), Values.column(5, "c5", Values.numeric(10, 2)),
      Values.column(6, ValueKind.DATE));

  @TempDir
  Path directory;

  private Metrics write(Map<String, String> options) {
    Schema schema = new Schema(COLUMNS.stream().map(TableColumn::field).toList());
    List<Object[]> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Object ratio = i % 10 == 0 ? Double.NaN : i * 0.5;
      Object text = i % 4 == 0 ? null : Values.text("p".repeat(30) + i);
      rows.add(new Object[] {i, ratio, new byte[16], text, Values.numeric(i + ".25"), i});
    }
    try (RollingWriter writer = new RollingWriter(
            COLUMNS, TableOptions.writeOptions(options, schema), () -> directory.resolve("m.parquet").toString());
        TestBatch batch = new TestBatch(COLUMNS, 100)) {
      writer.append(batch.fill(rows, 7).address(), TestBatch.all(100), 100);
      return writer.finish().getFirst().metrics();
    }
  }

  private static Object bound(Map<Integer, ByteBuffer> bounds, int id) {
    ByteBuffer bound = bounds.get(id);
    return bound == null ? null : Conversions.fromByteBuffer(COLUMNS.get(id - 1).icebergType(), bound);
  }

  @Test
  void countsAndBounds() {
    Metrics metrics = write(Map.of());
    assertEquals(100, metrics.recordCount());
    assertEquals(100, metrics.valueCounts().get(4));
    assertEquals(25, metrics.nullValueCounts().get(4));
    assertEquals(10, metrics.nanValueCounts().get(2));
    assertEquals(0, bound(metrics.lowerBounds(), 1));
    assertEquals(99, bound(metrics.upperBounds(), 1));
    assertEquals(0.5, bound(metrics.lowerBounds(), 2));
    assertEquals(49.5, bound(metrics.upperBounds(), 2));
    assertEquals("p".repeat(16), bound(metrics.lowerBounds(), 4).toString());
    assertEquals("p".repeat(15) + "q", bound(metrics.upperBounds(), 4).toString());
    assertEquals("0.25", bound(metrics.lowerBounds(), 5).toString());
    assertEquals(10_957 + 99, bound(metrics.upperBounds(), 6));
  }

  @Test
  void uuidsAndRowNumbersHaveNoBounds() {
    Metrics metrics = write(Map.of());
    assertNull(metrics.lowerBounds().get(3));
    assertNull(metrics.upperBounds().get(3));
    assertEquals(100, metrics.valueCounts().get(3));
    assertFalse(metrics.lowerBounds().containsKey(DataFileWriter.ROW_ID.fieldId()));
    assertFalse(metrics.columnSizes().containsKey(DataFileWriter.ROW_ID.fieldId()));
  }

  @Test
  void modesAreFollowed() {
    Metrics metrics = write(Map.of(
        "write.metadata.metrics.default", "counts", "write.metadata.metrics.column.c4", "full",
        "write.metadata.metrics.column.c1", "none"));
    assertNull(metrics.valueCounts().get(1));
    assertNull(metrics.lowerBounds().get(1));
    assertEquals(100, metrics.valueCounts().get(2));
    assertNull(metrics.lowerBounds().get(2));
    assertTrue(bound(metrics.lowerBounds(), 4).toString().length() > 16);
  }
}
