package tamarack.iceberg.type;

import org.apache.iceberg.types.Type;

/**
 * How one column is kept.
 *
 * @param iceberg its Iceberg type
 * @param postgres its PostgreSQL type; the kind says in which form values cross
 * @param natural whether Iceberg's type says all about PostgreSQL's; otherwise a table property keeps the latter
 */
public record ColumnType(Type iceberg, PostgresType postgres, boolean natural) {}
