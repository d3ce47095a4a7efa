package tamarack.tuple;

/**
 * Offsets of rows on their way into a plain SQLite database: a request names the rows, a row is one cell for each
 * column, one row after the other. C names: {@code TAM_EXPORT_*}.
 */
public final class ExportLayout {
  /** Bytes of a request. */
  public static final int REQUEST_SIZE = 24;

  /** i64, in a request: handle of the export. */
  public static final int HANDLE = 0;

  /** i64, in a request: address of the first cell. */
  public static final int CELLS = 8;

  /** i32, in a request: columns of a row. */
  public static final int COLUMNS = 16;

  /** i32, in a request: rows. */
  public static final int ROWS = 20;

  /** Bytes of a cell. */
  public static final int CELL_SIZE = 16;

  /** i32, in a cell: one of the kinds. */
  public static final int KIND = 0;

  /** i32, in a cell: bytes of a text or blob. */
  public static final int LENGTH = 4;

  /** i64 or f64, in a cell: the number, or the address of a text (UTF-8) or blob. */
  public static final int VALUE = 8;

  public static final int KIND_NULL = 0;
  public static final int KIND_INTEGER = 1;
  public static final int KIND_REAL = 2;
  public static final int KIND_TEXT = 3;
  public static final int KIND_BLOB = 4;

  private ExportLayout() {}
}
