package tamarack.sqliteheap;

import tamarack.am.AccessMethod;
import tamarack.am.RelationKey;
import tamarack.backend.Backend;
import tamarack.backend.TamarackException;
import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.Verdict;

/** The access method {@code sqlite_heap}: brings the calls of C, the files and the rules together. */
public final class SqliteHeap implements AccessMethod {
  private static final int NOT_VISIBLE = 0;
  private static final int VISIBLE = 1;
  private static final int DEAD_TO_ALL = 2;
  private static final int MISSING = 3;
  private static final int TOO_SMALL = -1;

  private Session session;

  /** What a session needs once it touches a table. */
  private static final class Session {
    final OpenFiles files = new OpenFiles();
    final DurabilityScope unsynced = new DurabilityScope();
    final FileRows rows = new FileRows();
    final Rules rules = new Rules(Backend.transactionStatus());
    final HeaderFreezing freezing = new HeaderFreezing(rules.freezer());
    final Pruning pruning = new Pruning(rules.judge());
    final Inspection inspection = new Inspection(files::get);
  }

  /** Called by the service loader, before the backend is ready to be asked anything. */
  public SqliteHeap() {}

  private Session session() {
    if (session == null) {
      session = new Session();
    }
    return session;
  }

  private TableFile file(RelationKey relation) {
    return session().files.get(relation);
  }

  @Override
  public String name() {
    return "sqlite_heap";
  }

  @Override
  public int scan(
      RelationKey relation, long first, long last, int maxRows, boolean headersOnly, long snapshot, long batch,
      long capacity) {
    int count = file(relation).scan(first, last, maxRows, headersOnly, batch, capacity);
    session.rules.judge().judge(batch, snapshot);
    return count;
  }

  @Override
  public int scanForVacuum(
      RelationKey relation, long first, long last, int maxRows, boolean headersOnly, long visTest, long batch,
      long capacity) {
    int count = file(relation).scan(first, last, maxRows, headersOnly, batch, capacity);
    session.rules.judge().judgeForVacuum(batch, visTest);
    return count;
  }

  @Override
  public int fetch(RelationKey relation, long row, long snapshot, long batch, long capacity) {
    int found = file(relation).fetch(row, false, batch, capacity);
    if (found <= 0) {
      return found == 0 ? MISSING : TOO_SMALL;
    }
    BatchJudge judge = session.rules.judge();
    judge.judge(batch, snapshot);
    if (Memory.getInt(batch + BatchLayout.HEADER_SIZE + BatchLayout.VERDICT) == Verdict.VISIBLE) {
      return VISIBLE;
    }
    return judge.isDeadToAll(batch, snapshot) ? DEAD_TO_ALL : NOT_VISIBLE;
  }

  @Override
  public void insert(RelationKey relation, long batch, int count) {
    TableFile file = file(relation);
    file.begin();
    try {
      file.insert(batch, count);
      file.commit();
    } catch (Throwable failure) {
      file.rollback();
      throw failure;
    }
    session.unsynced.wrote(file);
  }

  @Override
  public void finishSpeculative(RelationKey relation, long row, boolean succeeded) {
    TableFile file = file(relation);
    session.rules.speculation().finish(session.rows.attach(file), row, succeeded);
    session.unsynced.wrote(file);
  }

  @Override
  public void modify(RelationKey relation, int operation, long operationAddress) {
    TableFile file = file(relation);
    session.rules.operations().run(session.rows.attach(file), operation, operationAddress);
    session.unsynced.wrote(file);
  }

  @Override
  public long findDead(RelationKey relation, long rows, long dead, int count, long visTest) {
    TableFile file = file(relation);
    return session.rules.deadRows().find(session.rows.attach(file), rows, dead, count, visTest);
  }

  @Override
  public void vacuumStep(
      RelationKey relation, long first, long last, boolean remove, long noteTo, long visTest, long area) {
    TableFile file = file(relation);
    if (remove) {
      session.rules.vacuumStep().remove(file, first, last, noteTo, visTest, area);
    } else {
      session.rules.vacuumStep().look(file, first, last, visTest, area);
    }
  }

  @Override
  public int prune(RelationKey relation, long first, long last, boolean indexed, long visTest) {
    return session().pruning.run(file(relation), first, last, indexed, visTest);
  }

  @Override
  public long lastPruning(RelationKey relation) {
    return PrunedRows.lastNote(file(relation));
  }

  @Override
  public void forgetPrunings(RelationKey relation, long last, long own) {
    TableFile file = file(relation);
    file.begin();
    try {
      PrunedRows.forget(file, last, own);
      file.commit();
    } catch (Throwable failure) {
      file.rollback();
      throw failure;
    }
  }

  @Override
  public int freezeRows(RelationKey relation, long first, long last, long limits) {
    TableFile file = file(relation);
    int changed = session.freezing.run(file, session.rows.attach(file), first, last, limits);
    session.unsynced.wrote(file);
    return changed;
  }

  @Override
  public void createFile(RelationKey relation) {
    dropOpen(relation);
    session().unsynced.wrote(session.files.create(relation));
  }

  @Override
  public void dropFile(RelationKey relation) {
    dropOpen(relation);
    TableFilePaths.delete(session.files.path(relation));
  }

  /** Closes a file that is about to be deleted. */
  private void dropOpen(RelationKey relation) {
    TableFile file = session().files.getIfOpen(relation);
    if (file != null) {
      session.unsynced.forget(file);
      session.files.forget(relation);
    }
  }

  @Override
  public void copyFile(RelationKey from, RelationKey to) {
    dropOpen(to);
    file(from).copyTo(session.files.path(to));
  }

  @Override
  public void closeFiles() {
    if (session != null) {
      beforeCommit();
      session.files.closeAll();
    }
  }

  @Override
  public int shrink(RelationKey relation, int pages) {
    TableFile file = file(relation);
    return FileShrinking.step(file, pages);
  }

  @Override
  public void makeDurable(RelationKey relation) {
    TableFile file = file(relation);
    file.requireSync();
    session.unsynced.wrote(file);
    beforeCommit();
  }

  @Override
  public void truncate(RelationKey relation) {
    TableFile file = file(relation);
    file.begin();
    try {
      file.truncate();
      PrunedRows.forget(file, Long.MAX_VALUE, 0);
      file.commit();
    } catch (Throwable failure) {
      file.rollback();
      throw failure;
    }
    session.unsynced.wrote(file);
  }

  @Override
  public void afterWrite(RelationKey relation, int patience) {
    file(relation).checkpointIfLong(patience);
  }

  @Override
  public void beforeCommit() {
    if (session != null) {
      try {
        session.unsynced.sync();
      } catch (StoreException failure) {
        throw syncFailure(failure);
      }
    }
  }

  /** After a failed sync nobody knows what is on disk: PostgreSQL's rule for that decides, which may be to PANIC. */
  private static TamarackException syncFailure(StoreException failure) {
    if (failure.isSyncFailure()) {
      Backend.syncFailed(TableFileName.DIRECTORY, failure.getMessage());
    }
    return failure;
  }

  @Override
  public void afterTransaction(boolean committed) {
    if (session != null && !committed) {
      session.unsynced.clear();
    }
  }

  /** The file may still matter when what changed is rolled back: so it is synced. */
  @Override
  public void forget(RelationKey relation) {
    TableFile file = session == null ? null : session.files.getIfOpen(relation);
    if (file == null) {
      return;
    }
    try {
      file.sync();
    } catch (StoreException failure) {
      throw syncFailure(failure);
    } finally {
      session.unsynced.forget(file);
      session.files.forget(relation);
    }
  }

  @Override
  public long sizeInBytes(RelationKey relation) {
    return TableFilePaths.sizeInBytes(session().files.path(relation));
  }

  @Override
  public String inspect(RelationKey relation, int question, long argument) {
    return session().inspection.answer(relation, question, argument);
  }
}
