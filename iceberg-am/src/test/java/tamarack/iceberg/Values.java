package tamarack.iceberg;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.TypeMapping;
import tamarack.iceberg.type.ValueKind;

/** Types, columns and values in PostgreSQL's form, made independently of the code under test. */
public final class Values {
  public static final byte[] NUMERIC_NAN = {0, (byte) 0xc0};

  private Values() {}

  public static PostgresType type(ValueKind kind, String name) {
    return PostgresType.scalar(kind, 1, -1, name);
  }

  public static PostgresType numeric(int precision, int scale) {
    int typmod = (precision << 16 | scale & 0x7ff) + 4;
    return PostgresType.scalar(ValueKind.NUMERIC, 1700, typmod, "numeric(" + precision + "," + scale + ")");
  }

  public static TableColumn column(int id, String name, PostgresType type) {
    return TableColumn.optional(id, name, new TypeMapping(() -> 1000 + id).map(type, null));
  }

  public static TableColumn column(int id, ValueKind kind) {
    return column(id, "c" + id, type(kind, kind == ValueKind.STRING ? "text" : kind.name().toLowerCase()));
  }

  public static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The bytes of a numeric behind its length, as numeric.c's make_result lays them out. */
  public static byte[] numeric(String text) {
    BigDecimal value = new BigDecimal(text);
    int scale = Math.max(0, value.scale());
    BigDecimal shifted = value.abs().setScale((scale + 3) / 4 * 4);
    BigInteger rest = shifted.unscaledValue();
    List<Short> digits = new ArrayList<>();
    while (rest.signum() > 0) {
      BigInteger[] parts = rest.divideAndRemainder(BigInteger.valueOf(10_000));
      digits.addFirst(parts[1].shortValue());
      rest = parts[0];
    }
    int weight = digits.isEmpty() ? 0 : digits.size() - 1 - shifted.scale() / 4;
    while (!digits.isEmpty() && digits.getLast() == 0) {
      digits.removeLast();
    }
    ByteBuffer bytes = ByteBuffer.allocate(2 + 2 * digits.size()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort((short) (0x8000 | (value.signum() < 0 ? 0x2000 : 0) | scale << 7 | weight & 0x7f));
    digits.forEach(bytes::putShort);
    return bytes.array();
  }

  /** The same number with the long header, which PostgreSQL writes for large scales and reads always. */
  public static byte[] longNumeric(String text) {
    ByteBuffer shorter = ByteBuffer.wrap(numeric(text)).order(ByteOrder.LITTLE_ENDIAN);
    int header = shorter.getShort() & 0xffff;
    int weight = (header & 0x7f) << 25 >> 25;
    ByteBuffer bytes = ByteBuffer.allocate(shorter.capacity() + 2).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort((short) ((header & 0x2000) != 0 ? 0x4000 | header >> 7 & 0x3f : header >> 7 & 0x3f));
    bytes.putShort((short) weight);
    return bytes.put(shorter).array();
  }
}
