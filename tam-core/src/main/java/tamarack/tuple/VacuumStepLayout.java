package tamarack.tuple;

/**
 * Offsets of what one step of VACUUM's way through the rows works on. C names: {@code TAM_STEP_*}. C makes it, zeroed,
 * for one VACUUM of one relation; {@link #KNOWN} stays from step to step.
 *
 * <p>A step decides most rows from the transactions that are known, without Java: it counts and marks those that stay,
 * and lists those that go. The others get into a batch of headers, each with a {@link Verdict}.
 */
public final class VacuumStepLayout {
  /** Most rows that a step looks at. */
  public static final int MAX_ROWS = 8192;

  /** Most row numbers that a step covers. */
  public static final int MAX_SPAN = 65536;

  /** in, i64: full xid; what a transaction before it deleted is dead. */
  public static final int OLDEST_XMIN = 0;

  /** out, i64: the first row number not looked at; -1 when all were. */
  public static final int RESUME_ROW = 8;

  /** out, i64: the oldest xid in the decided rows that stay. */
  public static final int OLDEST_XID = 16;

  /** out, i32: decided rows that stay; all are live. */
  public static final int LIVE = 24;

  /** out, i32: dead rows, decided or judged. */
  public static final int DEAD = 28;

  /** out, i64: id of the note about the rows removed, when one was asked for. */
  public static final int NOTE = 32;

  /** out, i32: rows looked at. */
  public static final int ROWS = 40;

  /** Bit n: decided row n stays, counted from the first row rounded down to a multiple of 64. In words of 64 bits. */
  public static final int KEPT = 64;

  /** Bytes of the kept rows' bits. */
  public static final int KEPT_SIZE = MAX_SPAN / 8 + 8;

  /** i64 each: the dead rows' numbers. */
  public static final int DEAD_ROWS = KEPT + KEPT_SIZE;

  /** i64 each: a transaction and what is known about it, {@code xid << KNOWN_BITS | what}, at its low bits' place. */
  public static final int KNOWN = DEAD_ROWS + 8 * MAX_ROWS;

  /** Transactions that there is room for; a power of two. */
  public static final int KNOWN_SLOTS = 1024;

  public static final int KNOWN_BITS = 2;

  /** It committed. */
  public static final int KNOWN_COMMITTED = 1;

  /** It aborted. */
  public static final int KNOWN_ABORTED = 2;

  /** It committed, and what it deleted is dead to everybody and may go. */
  public static final int KNOWN_REMOVABLE = 3;

  /** A batch ({@link BatchLayout}) of the headers of undecided rows. */
  public static final int BATCH = KNOWN + 8 * KNOWN_SLOTS;

  /** Bytes of the batch. */
  public static final int BATCH_SIZE = BatchLayout.HEADER_SIZE + MAX_ROWS * BatchLayout.IMAGE;

  public static final int SIZE = BATCH + BATCH_SIZE;

  private VacuumStepLayout() {}
}
