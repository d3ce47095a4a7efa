package tamarack.iceberg.parquet;

import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.values.ValuesWriter;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesWriterForLong;
import org.apache.parquet.column.values.factory.DefaultV1ValuesWriterFactory;
import org.apache.parquet.column.values.factory.ValuesWriterFactory;

/** Row numbers as differences, which take next to no room; all other columns in Parquet's usual encodings. */
final class RowIdValuesWriterFactory implements ValuesWriterFactory {
  private final DefaultV1ValuesWriterFactory usual = new DefaultV1ValuesWriterFactory();
  private ParquetProperties properties;

  @Override
  public void initialize(ParquetProperties properties) {
    this.properties = properties;
    usual.initialize(properties);
  }

  @Override
  public ValuesWriter newValuesWriter(ColumnDescriptor column) {
    if (column.getPath().length == 1 && column.getPath()[0].equals(DataFileWriter.ROW_ID.name())) {
      return new DeltaBinaryPackingValuesWriterForLong(
          properties.getInitialSlabSize(), properties.getPageSizeThreshold(), properties.getAllocator());
    }
    return usual.newValuesWriter(column);
  }
}
