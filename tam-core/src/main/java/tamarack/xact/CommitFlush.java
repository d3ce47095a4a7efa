package tamarack.xact;

/** Flushes commit records before something is done that cannot be taken back; remembers the last one. */
public final class CommitFlush {
  private final TransactionStatus status;
  private long flushed;

  public CommitFlush(TransactionStatus status) {
    this.status = status;
  }

  /** Makes sure that the end of {@code xid} survives a crash; 0 and aborted transactions are passed over cheaply. */
  public void require(long xid) {
    if (xid != flushed && xid != 0) {
      status.flushCommit(xid);
      flushed = xid;
    }
  }
}
