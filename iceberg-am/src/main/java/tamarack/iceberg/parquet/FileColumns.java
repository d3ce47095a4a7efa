package tamarack.iceberg.parquet;

import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.parquet.HadoopFreeReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.schema.Type;

/** Which columns a data file has. */
public final class FileColumns {
  private FileColumns() {}

  /**
   * Field ids of a file's columns, from its footer.
   *
   * @param path absolute
   * @param bytes size of the file as recorded when it was written
   */
  public static Set<Integer> ids(String path, long bytes) {
    try (ParquetFileReader reader =
        new ParquetFileReader(new LocalInput(path, bytes), HadoopFreeReadOptions.with(Codecs.INSTANCE))) {
      return reader.getFileMetaData().getSchema().getFields().stream()
          .filter(field -> field.getId() != null)
          .map(Type::getId)
          .map(Type.ID::intValue)
          .collect(Collectors.toSet());
    } catch (IOException | RuntimeException e) {
      throw ParquetFailure.reading(path, e);
    }
  }
}
