package tamarack.tuple;

/** Questions of {@link tamarack.am.AccessMethod#inspect}. C names: {@code TAM_ASK_*}. */
public final class Question {
  /** Schema version of the file; argument: 0 when there is no file yet, which asks for the version of a new one. */
  public static final int SCHEMA_VERSION = 0;

  /** How many row versions the file holds. */
  public static final int ROW_COUNT = 1;

  /**
   * What is wrong with the file, a line for each problem, null when it is sound. A single empty line: an interrupt
   * came, ask again once it has been served.
   */
  public static final int PROBLEMS = 2;

  /**
   * Marks in a bitmap the rows that went before their index entries. Argument: address of two i64: the bitmap's
   * address, and the number of its bits; row n is bit n % 8 of byte n / 8.
   */
  public static final int PRUNED_ROWS = 3;

  /** Begins an export; argument: address of three text cells: path, CREATE TABLE, INSERT. Answer: its handle. */
  public static final int EXPORT_OPEN = 4;

  /** Writes rows; argument: address of an {@link ExportLayout} request. */
  public static final int EXPORT_ROWS = 5;

  /** Commits an export and ends it; argument: its handle. */
  public static final int EXPORT_COMMIT = 6;

  /** Ends an export that failed; argument: its handle. Never throws. */
  public static final int EXPORT_ABANDON = 7;

  private Question() {}
}
