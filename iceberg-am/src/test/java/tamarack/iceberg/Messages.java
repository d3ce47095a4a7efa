package tamarack.iceberg;

import java.util.List;
import java.util.Map;
import tamarack.iceberg.message.MessageWriter;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;

/** Messages as C sends them. */
public final class Messages {
  private Messages() {}

  public static void type(MessageWriter out, PostgresType type) {
    out.u8(type.kind().ordinal()).i32(type.oid()).i32(type.typmod()).string(type.name()).i32(type.length())
        .u8(type.alignment());
    if (type.element() != null) {
      out.u8(1);
      type(out, type.element());
    } else if (type.attributes().isEmpty()) {
      out.u8(0);
    } else {
      out.u8(2).i32(type.attributes().size());
      for (PostgresType.Attribute each : type.attributes()) {
        out.string(each.name()).u8(each.type() == null ? 0 : 1);
        if (each.type() != null) {
          type(out, each.type());
        }
      }
    }
  }

  public static void columns(MessageWriter out, List<TableColumn> columns) {
    out.i32(columns.size());
    for (TableColumn column : columns) {
      out.i32(column.fieldId()).string(column.name()).u8(column.required() ? 1 : 0).string(column.doc());
      type(out, column.type().postgres());
      out.icebergType(column.icebergType()).u8(column.type().natural() ? 1 : 0).bytes(null);
    }
  }

  public static void options(MessageWriter out, Map<String, String> options) {
    out.i32(options.size());
    options.forEach((name, value) -> out.string(name).string(value));
  }
}
