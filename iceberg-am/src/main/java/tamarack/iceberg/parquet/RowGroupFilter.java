package tamarack.iceberg.parquet;

import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.schema.MessageType;

/** Decides from its statistics whether a row group may hold rows that a scan wants. */
@FunctionalInterface
public interface RowGroupFilter {
  RowGroupFilter ALL = (group, schema) -> true;

  /** @param schema of the file, with field ids */
  boolean mayMatch(BlockMetaData group, MessageType schema);
}
