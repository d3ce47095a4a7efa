package tamarack.iceberg.type;

import java.util.List;

/**
 * A PostgreSQL type as far as Iceberg needs to know it; a domain comes as its base type under its own name.
 *
 * @param kind how values cross
 * @param oid of the type; of the base type for a domain
 * @param typmod as in pg_attribute, -1 for none
 * @param name as format_type prints it
 * @param length typlen
 * @param alignment typalign in bytes: 1, 2, 4 or 8
 * @param element of an array, else null
 * @param attributes of a composite type, else empty
 */
public record PostgresType(
    ValueKind kind, int oid, int typmod, String name, int length, int alignment, PostgresType element,
    List<Attribute> attributes) {

  /** One attribute of a composite type; dropped ones come with a null type and keep their place. */
  public record Attribute(String name, PostgresType type) {}

  /** A scalar type. */
  public static PostgresType scalar(ValueKind kind, int oid, int typmod, String name) {
    int length = kind.width();
    return new PostgresType(kind, oid, typmod, name, length, alignment(kind), null, List.of());
  }

  private static int alignment(ValueKind kind) {
    return kind == ValueKind.UUID ? 1 : kind.isVarlena() ? Integer.BYTES : kind.width();
  }

  /** Precision of a numeric, 0 when it has none. */
  public int numericPrecision() {
    return typmod < 4 ? 0 : typmod - 4 >> 16 & 0xffff;
  }

  /** Scale of a numeric, from -1000 to 1000; PostgreSQL keeps it in eleven bits. */
  public int numericScale() {
    return ((typmod - 4 & 0x7ff) ^ 1024) - 1024;
  }

  /** The same type, its values crossing in another form. */
  public PostgresType as(ValueKind other) {
    return new PostgresType(other, oid, typmod, name, length, alignment, null, List.of());
  }
}
