package tamarack.iceberg.type;

import tamarack.tuple.ColumnKind;

/** {@link ColumnKind} with what Java needs to know of each; the order is that of its numbers. */
public enum ValueKind {
  BOOLEAN(1),
  SMALLINT(2),
  INTEGER(4),
  BIGINT(8),
  OID(4),
  REAL(4),
  DOUBLE(8),
  NUMERIC(-1),
  DATE(4),
  TIME(8),
  TIMESTAMP(8),
  TIMESTAMPTZ(8),
  UUID(16),
  STRING(-1),
  BYTES(-1),
  TEXT_FORM(-1),
  BINARY_FORM(-1),
  ARRAY(-1),
  COMPOSITE(-1);

  private static final ValueKind[] KINDS = values();

  private final int width;

  ValueKind(int width) {
    this.width = width;
  }

  /** Bytes of a value in a batch; -1 for varlena. */
  public int width() {
    return width;
  }

  /** Bytes of a batch's array for each row: the value or its address. */
  public int slotWidth() {
    return width < 0 ? Long.BYTES : width;
  }

  public boolean isVarlena() {
    return width < 0;
  }

  /** The kind with this number in {@link ColumnKind}. */
  public static ValueKind of(int code) {
    return KINDS[code];
  }
}
