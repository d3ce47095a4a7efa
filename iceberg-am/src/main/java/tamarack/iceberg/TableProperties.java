package tamarack.iceberg;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tamarack.iceberg.option.TableOptions;
import tamarack.iceberg.type.TableColumn;

/** The properties of published metadata: the table's options, and the PostgreSQL types that Iceberg's do not tell. */
final class TableProperties {
  /** Before the field id, which survives renaming. */
  static final String POSTGRES_TYPE = "tamarack.postgres-type.";

  private TableProperties() {}

  static Map<String, String> of(List<TableColumn> columns, Map<String, String> options) {
    Map<String, String> properties = new LinkedHashMap<>(TableOptions.properties(options));
    for (TableColumn column : columns) {
      if (!column.type().natural()) {
        properties.put(POSTGRES_TYPE + column.fieldId(), column.type().postgres().name());
      }
    }
    return properties;
  }
}
