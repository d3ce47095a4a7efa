package tamarack.iceberg.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.parquet.FileColumns;
import tamarack.iceberg.type.TableColumn;

/**
 * What rows from before a column was added hold, for other engines. Format version 3 has a place for it, for columns of
 * plain types; otherwise every data file must have the column itself.
 */
public final class InitialDefaults {
  private static final int FIRST_WITH_DEFAULTS = 3;

  private InitialDefaults() {}

  /**
   * The columns with the defaults that the metadata is to hold.
   *
   * @param localRoot where the files lie
   * @throws TamarackException 0A000 when other engines would not see a default that PostgreSQL sees
   */
  public static List<TableColumn> publishable(
      List<TableColumn> columns, int formatVersion, List<LiveFile> files, String localRoot) {
    List<TableColumn> publishable = new ArrayList<>();
    for (TableColumn column : columns) {
      boolean canBeSaid = formatVersion >= FIRST_WITH_DEFAULTS && column.icebergType().isPrimitiveType();
      if (column.initialDefault() == null || canBeSaid) {
        publishable.add(column);
        continue;
      }
      for (LiveFile file : files) {
        if (!has(file, column, localRoot)) {
          throw refusal(column, file, formatVersion);
        }
      }
      publishable.add(
          new TableColumn(column.fieldId(), column.name(), column.type(), column.required(), column.doc(), null));
    }
    return publishable;
  }

  /** By the sizes of columns, which nested ones have too; without statistics of the column by the file itself. */
  private static boolean has(LiveFile file, TableColumn column, String localRoot) {
    Map<Integer, Long> sizes = FileStatistics.decode(file.statistics()).metrics().columnSizes();
    boolean measured = sizes != null
        && TypeUtil.indexById(Types.StructType.of(column.field())).keySet().stream().anyMatch(sizes::containsKey);
    return measured || FileColumns.ids(localRoot + "/" + file.path(), file.bytes()).contains(column.fieldId());
  }

  private static TamarackException refusal(TableColumn column, LiveFile file, int formatVersion) {
    boolean newer = formatVersion < FIRST_WITH_DEFAULTS && column.icebergType().isPrimitiveType();
    return new TamarackException(
        SqlState.FEATURE_NOT_SUPPORTED,
        "the default of column \"" + column.name() + "\" cannot be published",
        "Data file \"" + file.path() + "\" is older than the column, and Iceberg's format version " + formatVersion
            + " has no defaults for " + (newer ? "it." : "columns of type " + column.type().postgres().name() + "."),
        "Rewrite the table with VACUUM FULL" + (newer ? ", or upgrade it: SET (\"format-version\" = 3)." : "."), null);
  }
}
