package tamarack.backend;

/** A failure as PostgreSQL reports it: SQLSTATE, message, detail and hint. */
public class TamarackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String sqlState;
  private final String detail;
  private final String hint;

  /**
   * @param sqlState five characters, see {@link SqlState}
   * @param detail may be null
   * @param hint may be null
   * @param cause may be null
   */
  public TamarackException(String sqlState, String message, String detail, String hint, Throwable cause) {
    super(message, cause);
    this.sqlState = sqlState;
    this.detail = detail;
    this.hint = hint;
  }

  public TamarackException(String sqlState, String message) {
    this(sqlState, message, null, null, null);
  }

  public String sqlState() {
    return sqlState;
  }

  public String detail() {
    return detail;
  }

  public String hint() {
    return hint;
  }
}
