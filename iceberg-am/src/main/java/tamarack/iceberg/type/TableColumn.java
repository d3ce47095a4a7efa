package tamarack.iceberg.type;

import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/**
 * One live column of a table.
 *
 * @param fieldId stays with the column through renames; a dropped column's id is never given again
 * @param required whether it is NOT NULL
 * @param doc its comment, or null
 * @param initialDefault what rows written before the column was added hold, in Iceberg's form, a value of a
 *     nested type as PostgreSQL's bytes without header; or null
 */
public record TableColumn(
    int fieldId, String name, ColumnType type, boolean required, String doc, Object initialDefault) {

  /** A column that may be null and has neither comment nor default. */
  public static TableColumn optional(int fieldId, String name, ColumnType type) {
    return new TableColumn(fieldId, name, type, false, null, null);
  }

  public Type icebergType() {
    return type.iceberg();
  }

  public ValueKind kind() {
    return type.postgres().kind();
  }

  /** The column as a field of an Iceberg schema, without its default: what a data file's schema says. */
  public Types.NestedField field() {
    return Types.NestedField.builder()
        .withId(fieldId)
        .withName(name)
        .isOptional(!required)
        .ofType(type.iceberg())
        .withDoc(doc)
        .build();
  }
}
