package tamarack.backend;

/**
 * Unwinds Java because PostgreSQL has an interrupt to serve: a cancel, a timeout, a termination. The shim serves it in
 * C, where the right error is raised.
 */
public final class InterruptedByServer extends TamarackException {
  private static final long serialVersionUID = 1L;

  public InterruptedByServer() {
    super(SqlState.QUERY_CANCELED, "canceling statement due to user request");
  }
}
