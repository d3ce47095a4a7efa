package tamarack.iceberg.parquet;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.iceberg.MetadataColumns;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.TypeMapping;
import tamarack.iceberg.type.ValueKind;
import tamarack.iceberg.type.Varlena;
import tamarack.tuple.Memory;

/** Reads position delete files of format version 2, ours and those of other engines. */
public final class PositionDeleteReader {
  private static final TypeMapping TYPES = new TypeMapping(() -> 0);
  private static final List<TableColumn> COLUMNS = List.of(
      column(MetadataColumns.DELETE_FILE_PATH.fieldId(), "file_path", ValueKind.STRING),
      column(MetadataColumns.DELETE_FILE_POS.fieldId(), "pos", ValueKind.BIGINT));

  private PositionDeleteReader() {}

  private static TableColumn column(int id, String name, ValueKind kind) {
    return TableColumn.optional(id, name, TYPES.map(PostgresType.scalar(kind, 0, -1, name), null));
  }

  /** Gives each data file's path with a position in it, in the order of the file. */
  public static void read(String file, long bytes, BiConsumer<byte[], Long> deletes) {
    DataFile source = new DataFile(file, bytes, 0, 0, 0, true, 0, 0, null);
    try (DataFileReader reader = new DataFileReader(source, COLUMNS, new ScanCounters());
        ColumnBatch batch = new ColumnBatch(COLUMNS, ColumnBatch.DEFAULT_CAPACITY)) {
      for (int group = 0; group < reader.groups().size(); group++) {
        reader.openGroup(group, 0, reader.groups().get(group).getRowCount());
        while (reader.read(batch)) {
          read(batch, deletes);
        }
      }
    }
  }

  private static void read(ColumnBatch batch, BiConsumer<byte[], Long> deletes) {
    byte[] path = new byte[0];
    long last = 0;
    for (int row = 0; row < batch.rows(); row++) {
      long address = Memory.getLong(batch.values(0) + row * 8L);
      // Dictionary entries share one varlena: most rows name the same file.
      if (address != last) {
        byte[] next = Varlena.bytes(address);
        path = Arrays.equals(path, next) ? path : next;
        last = address;
      }
      deletes.accept(path, Memory.getLong(batch.values(1) + row * 8L));
    }
  }
}
