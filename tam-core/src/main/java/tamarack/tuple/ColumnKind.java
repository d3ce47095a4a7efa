package tamarack.tuple;

/** The forms in which a PostgreSQL value crosses to the iceberg access method. C names: {@code TAM_COLUMN_KIND_*}. */
public final class ColumnKind {
  public static final int BOOLEAN = 0;
  public static final int SMALLINT = 1;
  public static final int INTEGER = 2;
  public static final int BIGINT = 3;

  /** oid and the other unsigned 32-bit types. */
  public static final int OID = 4;

  public static final int REAL = 5;
  public static final int DOUBLE = 6;

  /** numeric with a precision; its varlena. */
  public static final int NUMERIC = 7;

  /** Days since 2000-01-01. */
  public static final int DATE = 8;

  /** Microseconds since midnight. */
  public static final int TIME = 9;

  /** Microseconds since 2000-01-01. */
  public static final int TIMESTAMP = 10;

  public static final int TIMESTAMPTZ = 11;

  /** Sixteen bytes. */
  public static final int UUID = 12;

  /** A varlena of UTF-8. */
  public static final int STRING = 13;

  /** bytea. */
  public static final int BYTES = 14;

  /** What the type's output function gives, as a varlena of UTF-8; its input function reads it. */
  public static final int TEXT_FORM = 15;

  /** What the type's send function gives, as bytea; its receive function reads it. */
  public static final int BINARY_FORM = 16;

  /** An array; its varlena. */
  public static final int ARRAY = 17;

  /** A row of a composite type; its varlena. */
  public static final int COMPOSITE = 18;

  private ColumnKind() {}
}
