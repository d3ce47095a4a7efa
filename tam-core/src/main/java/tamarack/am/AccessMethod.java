package tamarack.am;

/**
 * What a table access method provides to the shim. Every call comes from the backend's main thread, with interrupts
 * held. All pointers belong to the caller and are valid during the call only. A failure is thrown as a
 * {@link tamarack.backend.TamarackException}; nothing may have been left half done then.
 */
public interface AccessMethod {

  /** The name in {@code pg_am}. */
  String name();

  /**
   * Packs the rows {@code first..last} (row numbers, inclusive) into a batch and judges each under a snapshot.
   *
   * @param snapshot address of a flat snapshot ({@link tamarack.tuple.SnapshotLayout}); 0 judges none (verdict 1)
   * @param batch address of the batch ({@link tamarack.tuple.BatchLayout}), {@code capacity} bytes
   * @return rows packed; 0 with {@code needed} set in the batch's header when the first row does not fit
   */
  int scan(
      RelationKey relation, long first, long last, int maxRows, boolean headersOnly, long snapshot, long batch,
      long capacity);

  /**
   * Like {@link #scan}, but each row gets a vacuum verdict (dead, live, recently dead, in progress) against the
   * horizon behind {@code visTest} (a GlobalVisState pointer).
   */
  int scanForVacuum(
      RelationKey relation, long first, long last, int maxRows, boolean headersOnly, long visTest, long batch,
      long capacity);

  /**
   * Fetches one row.
   *
   * @return 1 found and visible, 0 found and not visible, 2 found, not visible and dead to everybody, 3 no such row,
   *     -1 batch too small ({@code needed} set)
   */
  int fetch(RelationKey relation, long row, long snapshot, long batch, long capacity);

  /** Writes the rows of a write batch in one short transaction of the file; the caller holds the writer slot. */
  void insert(RelationKey relation, long batch, int count);

  /** Ends a speculative insertion: the row becomes an ordinary one, or dead to everyone. */
  void finishSpeculative(RelationKey relation, long row, boolean succeeded);

  /** Deletes, updates or locks one row ({@link tamarack.tuple.OperationLayout}); the caller holds the writer slot. */
  void modify(RelationKey relation, int operation, long operationAddress);

  /**
   * For every row number of the array: may its index entry go because no transaction can see the row any more?
   *
   * @param rows address of {@code count} i64 row numbers
   * @param dead address of {@code count} bytes, set to 1 where it may
   * @return the latest xid that removed one of them, 0 when none
   */
  long findDead(RelationKey relation, long rows, long dead, int count, long visTest);

  /**
   * Takes one step of VACUUM's way through the rows {@code first..last}: finds the dead ones and, if so wanted, removes
   * them; then the caller holds the writer slot. Not durable at commit: a crash may bring the rows back.
   *
   * @param noteTo for a relation with indexes, once: the row number up to which VACUUM is going to remove rows before
   *     their index entries, to be noted in the file; else -1
   * @param visTest the horizon, a GlobalVisState pointer
   * @param area address of a {@link tamarack.tuple.VacuumStepLayout}
   */
  void vacuumStep(RelationKey relation, long first, long last, boolean remove, long noteTo, long visTest, long area);

  /**
   * Removes the rows {@code first..last} that are dead to everybody, before their index entries are; the caller holds
   * the writer slot.
   *
   * @param indexed whether index entries may name the rows: which rows went is then noted in the file
   * @param visTest the horizon, a GlobalVisState pointer
   * @return rows removed
   */
  int prune(RelationKey relation, long first, long last, boolean indexed, long visTest);

  /** A number for the last pruning whose rows index entries may name; 0 when there is none. */
  long lastPruning(RelationKey relation);

  /**
   * No index entry names rows of the notes up to {@code last} and of the note {@code own} any more; the caller holds
   * the writer slot.
   */
  void forgetPrunings(RelationKey relation, long last, long own);

  /**
   * Freezes what VACUUM must in the rows {@code first..last} and finds the oldest ids that stay; the caller holds the
   * writer slot.
   *
   * @param limits address of a {@link tamarack.tuple.FreezeLayout}
   * @return rows changed
   */
  int freezeRows(RelationKey relation, long first, long last, long limits);

  /** Creates the relation's file, replacing a stale one. */
  void createFile(RelationKey relation);

  /** Removes the relation's file, if there is one. Never throws for a missing file. */
  void dropFile(RelationKey relation);

  /** Copies a whole file to the new location (ALTER TABLE SET TABLESPACE); nobody writes meanwhile. */
  void copyFile(RelationKey from, RelationKey to);

  /** Closes every open file, with all that was written durable: something else in this process will read them. */
  void closeFiles();

  /**
   * Gives up to {@code pages} free pages of the file back to the file system, if there are so many that it is worth it;
   * the caller holds the writer slot.
   *
   * @return free pages that are worth another call; 0: that was all
   */
  int shrink(RelationKey relation, int pages);

  /** Makes all of the file durable, whoever wrote it. */
  void makeDurable(RelationKey relation);

  /** Removes all rows and keeps the file. */
  void truncate(RelationKey relation);

  /**
   * Work that may be done after the writer slot is free: checkpoint of a long log.
   *
   * @param patience 1; more to let the log grow to so many times the usual length
   */
  void afterWrite(RelationKey relation, int patience);

  /** Makes everything this transaction wrote durable; everything that can fail at commit fails here. */
  void beforeCommit();

  /** Forgets the transaction's state. Never throws. */
  void afterTransaction(boolean committed);

  /** Forgets a relation's open file, after its storage changed or went away. Never throws. */
  void forget(RelationKey relation);

  /** Bytes of the relation's file and its log. */
  long sizeInBytes(RelationKey relation);

  /**
   * Answers one question of the inspection functions.
   *
   * @param question a {@link tamarack.tuple.Question}, which says what the argument and the answer are
   * @return lines of text; null for none
   */
  String inspect(RelationKey relation, int question, long argument);
}
