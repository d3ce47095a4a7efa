package tamarack.iceberg.parquet;

import org.apache.iceberg.types.Types;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;

/**
 * The columns of a data file, unknown to the table's schema, that keep the shapes of arrays. Their field ids are far
 * above any of a table's columns and below those that Iceberg keeps for itself.
 */
final class Shapes {
  private static final int FIRST_ID = 2_000_000_000;

  private Shapes() {}

  static boolean has(TableColumn column) {
    return column.kind() == ValueKind.ARRAY;
  }

  static int fieldId(TableColumn column) {
    return FIRST_ID + column.fieldId();
  }

  static Types.NestedField field(TableColumn column) {
    return Types.NestedField.optional(
        fieldId(column), "_shape_" + column.fieldId(), Types.BinaryType.get());
  }
}
