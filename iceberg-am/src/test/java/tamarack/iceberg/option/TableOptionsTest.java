package tamarack.iceberg.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tamarack.backend.TamarackException;
import tamarack.iceberg.parquet.WriteOptions;

/** Options: names, values, what becomes of them. */
class TableOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "format-version, 3", "write.parquet.compression-codec, snappy", "write.target-file-size-bytes, 1000000",
    "write.metadata.metrics.default, truncate(8)", "write.metadata.metrics.column.payload, none",
    "history.expire.max-snapshot-age-ms, 0", "commit.manifest-merge.enabled, false",
    "tamarack.type.price, 'decimal(38,10)'", "write.parquet.row-group-size-bytes, 16777216"
  })
  void knownOptionsPass(String name, String value) {
    TableOptions.check(name, value);
    assertTrue(TableOptions.isKnown(name));
  }

  @ParameterizedTest
  @CsvSource({
    "write.parquet.compresion-codec, write.parquet.compression-codec", "formatversion, format-version",
    "write.target-file-size, write.target-file-size-bytes", "partitionning, partitioning",
    "history.expire.max-snapshot-age, history.expire.max-snapshot-age-ms", "tamarack.type., tamarack.type.<column>"
  })
  void unknownNamesGetTheNearestAsHint(String name, String nearest) {
    assertFalse(TableOptions.isKnown(name));
    TamarackException refused = assertThrows(TamarackException.class, () -> TableOptions.check(name, "x"));
    assertEquals("22023", refused.sqlState());
    assertEquals("Did you mean \"" + nearest + "\"?", refused.hint());
  }

  @ParameterizedTest
  @CsvSource({
    "format-version, 4", "format-version, two", "write.parquet.compression-codec, lz4",
    "write.target-file-size-bytes, -1", "write.parquet.row-group-size-bytes, 1", "commit.manifest-merge.enabled, maybe",
    "write.metadata.metrics.default, truncate(0)", "write.format.default, orc"
  })
  void badValuesAreRefused(String name, String value) {
    TamarackException refused = assertThrows(TamarackException.class, () -> TableOptions.check(name, value));
    assertEquals("22023", refused.sqlState());
    assertTrue(refused.getMessage().contains(name) && refused.getMessage().contains(value));
  }

  @Test
  void optionsReachTheWriter() {
    Schema schema = new Schema(Types.NestedField.optional(1, "id", Types.IntegerType.get()));
    WriteOptions options = TableOptions.writeOptions(
        Map.of("write.parquet.compression-codec", "gzip", "write.target-file-size-bytes", "70000",
            "write.metadata.metrics.column.id", "none"), schema);
    assertEquals(CompressionCodecName.GZIP, options.codec());
    assertEquals(70_000, options.targetFileBytes());
    assertEquals("none", options.metrics().columnMode("id").toString());
    assertEquals(WriteOptions.DEFAULT_ROW_GROUP_BYTES, options.rowGroupBytes());
  }

  @Test
  void propertiesAreTheOptionsThatIcebergKeepsThere() {
    assertEquals(
        Map.of("a", "b"), TableOptions.properties(Map.of("format-version", "3", "partitioning", "id", "a", "b")));
    assertEquals(3, TableOptions.formatVersion(Map.of("format-version", "3")));
    assertEquals(2, TableOptions.formatVersion(Map.of()));
  }

  @Test
  void optionsFollowTheirColumn() {
    Map<String, String> options = Map.of(
        "format-version", "2", "tamarack.type.price", "long", "write.metadata.metrics.column.price", "none",
        "write.metadata.metrics.column.price.element", "full", "write.metadata.metrics.column.prices", "counts",
        "partitioning", "bucket(4, id), PRICES");
    assertEquals(
        Map.of(
            "format-version", "2", "tamarack.type.Total", "long", "write.metadata.metrics.column.Total", "none",
            "write.metadata.metrics.column.Total.element", "full", "write.metadata.metrics.column.prices", "counts",
            "partitioning", "bucket(4, id), PRICES"),
        TableOptions.renameColumn(options, "price", "Total"));
    assertEquals(
        "bucket(4, \"My id\"), prices", TableOptions.renameColumn(options, "id", "My id").get("partitioning"));
    assertEquals(
        Map.of(
            "format-version", "2", "write.metadata.metrics.column.prices", "counts", "partitioning",
            "bucket(4, id), PRICES"),
        TableOptions.renameColumn(options, "price", null));
    TamarackException refused =
        assertThrows(TamarackException.class, () -> TableOptions.renameColumn(options, "prices", null));
    assertEquals("0A000", refused.sqlState());
  }

  @ParameterizedTest
  @CsvSource({
    "tamarack.type.nothing, false", "tamarack.type.ids, true", "tamarack.type.ids.element, false",
    "write.metadata.metrics.column.ids.element, true", "write.metadata.metrics.column.nothing, false",
    "write.parquet.compression-codec, true"
  })
  void optionsNameColumnsThatThereAre(String name, boolean fits) {
    Schema schema = new Schema(
        Types.NestedField.optional(1, "ids", Types.ListType.ofOptional(2, Types.IntegerType.get())));
    if (fits) {
      TableOptions.checkColumns(Map.of(name, "x"), schema);
    } else {
      assertEquals(
          "22023",
          assertThrows(TamarackException.class, () -> TableOptions.checkColumns(Map.of(name, "x"), schema))
              .sqlState());
    }
  }
}
