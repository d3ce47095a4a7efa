package tamarack.tuple;

/**
 * Offsets of an off-heap batch of decoded columns: a header, then one entry for each column. All numbers are in native
 * byte order, all addresses absolute, so that C reads a row without arithmetic beyond an index. C names:
 * {@code TAM_COLUMNS_*}.
 *
 * <p>A column's values are an array with the width of its PostgreSQL type. A width of -1 says varlena: the array then
 * holds one address (8 bytes) for each row, ready to be a Datum. What a scan hands out has the 4-byte header and starts
 * at a multiple of 8; rows with equal values may share one address. What a writer takes may have a 1-byte header too,
 * but must be neither compressed nor external. Values of rows that are null are undefined.
 */
public final class ColumnBatchLayout {
  /** Bytes of the header: the offset of the first column's entry. */
  public static final int HEADER_SIZE = 64;

  /** i32: rows in the batch. */
  public static final int ROWS = 0;

  /** i32: columns. */
  public static final int COLUMNS = 4;

  /** i32: the most rows that fit. */
  public static final int CAPACITY = 8;

  /** i32: index of the data file in the scan's list that the rows come from. */
  public static final int FILE = 12;

  /** i64: address of an i64 for each row, its row number. */
  public static final int ROW_NUMBERS = 16;

  /** i64: address of an i64 for each row, its position in the data file; a scan's batch only. */
  public static final int POSITIONS = 24;

  /** Bytes of a column's entry. */
  public static final int COLUMN_SIZE = 32;

  /** i32, in a column: bytes of a value: 1, 2, 4, 8, 16, or -1 for varlena. */
  public static final int WIDTH = 0;

  /** i32, in a column: how many rows are null; in a writer's batch 0 says that the null map need not be read. */
  public static final int NULL_COUNT = 4;

  /** i64, in a column: address of one byte for each row, 1 for null (the form of a slot's tts_isnull). */
  public static final int NULLS = 8;

  /** i64, in a column: address of the values, or of their addresses. */
  public static final int VALUES = 16;

  /** i32, in a column: the Iceberg field id. */
  public static final int FIELD_ID = 24;

  private ColumnBatchLayout() {}
}
