package tamarack.iceberg.message;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.filter.Predicate;
import tamarack.iceberg.filter.PredicateReader;
import tamarack.iceberg.type.ColumnType;
import tamarack.iceberg.type.IcebergValue;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;
import tamarack.iceberg.type.Varlena;
import tamarack.tuple.Memory;

/** Reads messages that C wrote with pq_send*: network order, strings and byte strings after an i32 length, -1 null. */
public final class MessageReader {
  private static final int NO_PARTS = 0;
  private static final int ELEMENT = 1;

  private final DataInputStream in;

  public MessageReader(byte[] message) {
    this.in = new DataInputStream(new ByteArrayInputStream(message));
  }

  /** Reads something by a method that may throw IOException, which a message in memory throws only when it is cut. */
  private interface Read<T> {
    T read() throws IOException;
  }

  private static <T> T checked(Read<T> read) {
    try {
      return read.read();
    } catch (IOException e) {
      throw new TamarackException(
          SqlState.INTERNAL_ERROR, "a message to Java is malformed", e.getMessage(), null, e);
    }
  }

  public int i32() {
    return checked(in::readInt);
  }

  public long i64() {
    return checked(in::readLong);
  }

  public int u8() {
    return checked(in::readUnsignedByte);
  }

  public boolean flag() {
    return u8() != 0;
  }

  /** May be null. */
  public byte[] bytes() {
    return checked(() -> {
      int length = in.readInt();
      if (length > in.available()) {
        throw new EOFException(length + " bytes announced, " + in.available() + " left");
      }
      return length < 0 ? null : in.readNBytes(length);
    });
  }

  /** May be null. */
  public String string() {
    byte[] bytes = bytes();
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  /** i32 count, then names and values. */
  public Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>();
    for (int count = i32(); count > 0; count--) {
      options.put(string(), string());
    }
    return options;
  }

  /** u8 whether there is one, then {@link tamarack.tuple.PredicateForm}. */
  public Predicate predicate() {
    return flag() ? checked(() -> PredicateReader.read(in)) : null;
  }

  /** u8 kind, i32 oid, i32 typmod, string name, i32 typlen, u8 alignment; u8 1 and the element, or 2 and attributes. */
  public PostgresType type() {
    ValueKind kind = ValueKind.of(u8());
    int oid = i32();
    int typmod = i32();
    String name = string();
    int length = i32();
    int alignment = u8();
    int parts = u8();
    PostgresType element = parts == ELEMENT ? type() : null;
    List<PostgresType.Attribute> attributes = new ArrayList<>();
    if (parts != ELEMENT && parts != NO_PARTS) {
      for (int count = i32(); count > 0; count--) {
        attributes.add(new PostgresType.Attribute(string(), flag() ? type() : null));
      }
    }
    return new PostgresType(kind, oid, typmod, name, length, alignment, element, attributes);
  }

  /** i32 count, then the columns. */
  public List<TableColumn> columns() {
    List<TableColumn> columns = new ArrayList<>();
    for (int count = i32(); count > 0; count--) {
      columns.add(column());
    }
    return columns;
  }

  /** i32 field id, string name, u8 required, string doc, type, string Iceberg type, u8 natural, bytes default. */
  private TableColumn column() {
    int fieldId = i32();
    String name = string();
    boolean required = flag();
    String doc = string();
    PostgresType postgres = type();
    Type iceberg = icebergType(string());
    ColumnType type = new ColumnType(iceberg, postgres, flag());
    return new TableColumn(fieldId, name, type, required, doc, value(bytes(), type));
  }

  /** The inverse of {@link MessageWriter#icebergType}. */
  static Type icebergType(String text) {
    return text.startsWith("{")
        ? SchemaParser.fromJson(text).columns().getFirst().type()
        : Types.fromPrimitiveString(text);
  }

  /**
   * A value in PostgreSQL's form, a varlena without its header, in the form of Iceberg's library; one of a nested type
   * stays as it is.
   */
  private static Object value(byte[] bytes, ColumnType type) {
    if (bytes == null || !type.iceberg().isPrimitiveType()) {
      return bytes;
    }
    long address = Memory.allocate(bytes.length + 8L);
    try {
      Varlena.putHeader(address, bytes.length);
      Memory.put(bytes, address + Varlena.HEADER);
      ValueKind kind = type.postgres().kind();
      return IcebergValue.read(kind.isVarlena() ? address : address + Varlena.HEADER, kind, type.iceberg());
    } finally {
      Memory.free(address);
    }
  }
}
