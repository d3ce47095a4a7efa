package tamarack.iceberg.message;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** Writes messages that C reads with pq_getmsg*: network order, strings and byte strings after an i32 length. */
public final class MessageWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public MessageWriter i32(int value) {
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    return this;
  }

  public MessageWriter i64(long value) {
    out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    return this;
  }

  public MessageWriter u8(int value) {
    out.write(value);
    return this;
  }

  /** May be null. */
  public MessageWriter bytes(byte[] bytes) {
    i32(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      out.writeBytes(bytes);
    }
    return this;
  }

  /** May be null. */
  public MessageWriter string(String text) {
    return bytes(text == null ? null : text.getBytes(StandardCharsets.UTF_8));
  }

  public MessageWriter strings(List<String> texts) {
    i32(texts.size());
    texts.forEach(this::string);
    return this;
  }

  /** An Iceberg type as text: a plain one as Iceberg names it, a nested one as the JSON of a schema with one field. */
  public MessageWriter icebergType(Type type) {
    return string(
        type.isPrimitiveType()
            ? type.toString()
            : SchemaParser.toJson(new Schema(List.of(Types.NestedField.optional(0, "column", type)))));
  }

  public byte[] message() {
    return out.toByteArray();
  }
}
