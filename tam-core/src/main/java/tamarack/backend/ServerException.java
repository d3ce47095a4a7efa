package tamarack.backend;

/**
 * Stands for a PostgreSQL error on its way through Java. The shim keeps the ErrorData and raises exactly that error
 * again when control returns to C, whatever Java makes of this exception meanwhile.
 */
public final class ServerException extends TamarackException {
  private static final long serialVersionUID = 1L;

  /** Called by the shim. */
  ServerException(String sqlState, String message) {
    super(sqlState, message);
  }
}
