package tamarack.iceberg.type;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/**
 * PostgreSQL's types in Iceberg's. Every value comes back as it was.
 *
 * <pre>
 *   PostgreSQL                          Iceberg          kept specially
 *   boolean                             boolean
 *   smallint, integer                   int
 *   bigint; oid and its like            long
 *   real, double precision              float, double    NaN as NaN
 *   numeric(p,s), p at most 38          decimal(p,s)     NaN as the storage's most negative number
 *   numeric(p,s), s &lt; 0                 decimal(p-s,0)
 *   numeric(p,s), s &gt; p                 decimal(s,s)
 *   other numeric                       string           its text, all digits and trailing zeros, NaN, Infinity
 *   date, timestamp, timestamptz        the same         infinities and late years: see {@link Timestamps}
 *   time                                time             24:00:00 as 86400000000 microseconds
 *   uuid                                uuid             no statistics: engines disagree about the order
 *   text, varchar, char(n)              string           char(n) with its padding
 *   bytea                               binary
 *   one-dimensional array of the above  list             other shapes: see {@link ArrayCodec}
 *   composite of the above              struct
 *   what has a text form                string           enum, range, jsonb, bit, inet, point, interval, ...
 *   what has only a binary form         binary
 * </pre>
 */
public final class TypeMapping {
  private static final int MAX_PRECISION = 38;

  private final IntSupplier nextId;

  /** @param nextId gives field ids to the elements and fields of nested types */
  public TypeMapping(IntSupplier nextId) {
    this.nextId = nextId;
  }

  /**
   * Maps a column's type.
   *
   * @param declared what {@code tamarack.type.<column>} says, or null
   * @throws TamarackException 22023 when the declared type cannot hold the column's values
   */
  public ColumnType map(PostgresType type, String declared) {
    if (declared != null) {
      return declared(type, declared);
    }
    if (isNatural(type)) {
      return new ColumnType(icebergType(type), type, saysAll(type));
    }
    ValueKind form = type.kind() == ValueKind.BINARY_FORM ? ValueKind.BINARY_FORM : ValueKind.TEXT_FORM;
    return new ColumnType(scalar(form), type.as(form), false);
  }

  private static boolean isNatural(PostgresType type) {
    return switch (type.kind()) {
      case NUMERIC -> type.numericPrecision() > 0 && decimalPrecision(type) <= MAX_PRECISION;
      case TEXT_FORM, BINARY_FORM -> false;
      case ARRAY -> type.element() != null && type.element().kind() != ValueKind.ARRAY && isNatural(type.element());
      case COMPOSITE -> isNaturalComposite(type);
      default -> true;
    };
  }

  private static boolean isNaturalComposite(PostgresType type) {
    // An attribute without a type was dropped; rows written before may still hold its value, which text loses rightly.
    return !type.attributes().isEmpty()
        && type.attributes().stream().allMatch(each -> each.type() != null && isNatural(each.type()));
  }

  /** Whether PostgreSQL's type follows from Iceberg's alone, by the table above read backwards. */
  private static boolean saysAll(PostgresType type) {
    return switch (type.kind()) {
      case BOOLEAN, INTEGER, BIGINT, REAL, DOUBLE, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, UUID, BYTES -> true;
      case STRING -> type.name().equals("text");
      case NUMERIC -> type.numericScale() >= 0 && type.numericScale() <= type.numericPrecision();
      default -> false;
    } && type.typmod() == (type.kind() == ValueKind.NUMERIC ? type.typmod() : -1);
  }

  private Type icebergType(PostgresType type) {
    return switch (type.kind()) {
      case NUMERIC -> Types.DecimalType.of(decimalPrecision(type), Math.max(0, type.numericScale()));
      case ARRAY -> Types.ListType.ofOptional(nextId.getAsInt(), icebergType(type.element()));
      case COMPOSITE -> struct(type);
      default -> scalar(type.kind());
    };
  }

  private Type struct(PostgresType type) {
    List<Types.NestedField> fields = new ArrayList<>();
    for (PostgresType.Attribute each : type.attributes()) {
      fields.add(Types.NestedField.optional(nextId.getAsInt(), each.name(), icebergType(each.type())));
    }
    return Types.StructType.of(fields);
  }

  /** Digits that a decimal needs for a numeric whose scale may be negative or above its precision. */
  private static int decimalPrecision(PostgresType type) {
    int scale = type.numericScale();
    return scale < 0 ? type.numericPrecision() - scale : Math.max(type.numericPrecision(), scale);
  }

  private static Type scalar(ValueKind kind) {
    return switch (kind) {
      case BOOLEAN -> Types.BooleanType.get();
      case SMALLINT, INTEGER -> Types.IntegerType.get();
      case BIGINT, OID -> Types.LongType.get();
      case REAL -> Types.FloatType.get();
      case DOUBLE -> Types.DoubleType.get();
      case DATE -> Types.DateType.get();
      case TIME -> Types.TimeType.get();
      case TIMESTAMP -> Types.TimestampType.withoutZone();
      case TIMESTAMPTZ -> Types.TimestampType.withZone();
      case UUID -> Types.UUIDType.get();
      case STRING, TEXT_FORM -> Types.StringType.get();
      case BYTES, BINARY_FORM -> Types.BinaryType.get();
      case NUMERIC, ARRAY, COMPOSITE -> throw new IllegalArgumentException("not a plain type: " + kind);
    };
  }

  private ColumnType declared(PostgresType type, String declared) {
    Type iceberg = parse(declared);
    if (iceberg.typeId() == Type.TypeID.STRING) {
      boolean text = type.kind() == ValueKind.STRING;
      return new ColumnType(iceberg, text ? type : type.as(ValueKind.TEXT_FORM), text && saysAll(type));
    }
    if (!canHold(iceberg, type)) {
      throw new TamarackException(
          SqlState.INVALID_PARAMETER_VALUE,
          "a column of type " + type.name() + " cannot be kept as Iceberg type " + declared,
          null,
          "Possible are " + possible(type) + ".",
          null);
    }
    return new ColumnType(iceberg, type, false);
  }

  private static boolean canHold(Type iceberg, PostgresType type) {
    return switch (type.kind()) {
      case SMALLINT, INTEGER ->
          iceberg.typeId() == Type.TypeID.INTEGER || iceberg.typeId() == Type.TypeID.LONG;
      case REAL -> iceberg.typeId() == Type.TypeID.FLOAT || iceberg.typeId() == Type.TypeID.DOUBLE;
      case NUMERIC -> iceberg instanceof Types.DecimalType;
      case TEXT_FORM, BINARY_FORM, ARRAY, COMPOSITE -> false;
      default -> iceberg.equals(scalar(type.kind()));
    };
  }

  private static String possible(PostgresType type) {
    return switch (type.kind()) {
      case SMALLINT, INTEGER -> "int, long and string";
      case REAL -> "float, double and string";
      case NUMERIC -> "decimal(precision, scale) with a precision of at most 38, and string";
      case STRING, TEXT_FORM, ARRAY, COMPOSITE, BINARY_FORM -> "string";
      default -> scalar(type.kind()) + " and string";
    };
  }

  private static Type parse(String declared) {
    try {
      Type type = Types.fromTypeName(declared.strip());
      if (type instanceof Types.DecimalType decimal
          && (decimal.precision() < 1 || decimal.scale() > decimal.precision())) {
        throw new IllegalArgumentException("precision and scale out of range");
      }
      return type;
    } catch (IllegalArgumentException e) {
      throw new TamarackException(
          SqlState.INVALID_PARAMETER_VALUE,
          "\"" + declared + "\" is no Iceberg type that a column can have",
          e.getMessage(),
          "Examples are decimal(38,10), long, double, string.",
          e);
    }
  }
}
