package tamarack.sqliteheap;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tamarack.am.RelationKey;

/**
 * A session's open files, the least recently used one closed first when there are too many. SQLite keeps three
 * descriptors for each. A file in a SQLite transaction is never closed, an unsynced one is synced before. Only the most
 * recently used files keep pages in memory, so that memory does not grow with the number of tables.
 */
public final class TableFileCache implements AutoCloseable {
  /** Open files unless set otherwise. */
  public static final int DEFAULT_LIMIT = 64;

  /** Descriptors that SQLite holds for an open file: the database, its log and the log's index. */
  public static final int DESCRIPTORS_PER_FILE = 3;

  /** Files that keep pages in memory. */
  private static final int FILES_IN_MEMORY = 8;

  /** Changes from one file to another between two looks at what is in memory. */
  private static final int CHANGES_PER_TRIM = 8;

  private final String dataDirectory;
  private final TableFileOptions options;
  private final TableFileOptions optionsWithoutFsync;
  private final Map<RelationKey, TableFile> files = new LinkedHashMap<>(128, 0.75f, true);
  private int limit;
  private RelationKey lastRelation;
  private TableFile lastFile;
  private int changes;

  /**
   * @param dataDirectory PostgreSQL's data directory
   * @param limit most files open at a time, at least 1
   */
  public TableFileCache(String dataDirectory, TableFileOptions options, int limit) {
    this.dataDirectory = dataDirectory;
    this.options = options;
    this.optionsWithoutFsync = options.withoutFsync();
    this.limit = limit;
  }

  /** The path of a relation's file. */
  public String path(RelationKey relation) {
    return TableFileName.path(dataDirectory, relation);
  }

  /** A relation's file, opened if need be; fails when there is none. Use it before the next call of this cache. */
  public TableFile get(RelationKey relation) {
    if (relation == lastRelation) {
      return lastFile;
    }
    TableFile file = files.get(relation);
    if (file == null) {
      file = TableFile.open(path(relation), optionsOf(relation));
      put(relation, file);
    }
    file.markUsed();
    noteChange();
    lastRelation = relation;
    lastFile = file;
    return file;
  }

  /** Makes a relation's file; a stale one is replaced. */
  public TableFile create(RelationKey relation) {
    forget(relation);
    TableFile file = TableFile.create(path(relation), optionsOf(relation));
    put(relation, file);
    noteChange();
    return file;
  }

  /** Closes a relation's file, if it is open, without a sync: its storage changed or goes away. */
  public void forget(RelationKey relation) {
    TableFile file = files.remove(relation);
    if (file != null) {
      forgetLast();
      file.close();
    }
  }

  /** Changes how many files may be open. */
  public void limit(int limit) {
    this.limit = limit;
    evict(limit);
  }

  /** How many files are open. */
  public int size() {
    return files.size();
  }

  /** Whether a relation's file is open. */
  public boolean contains(RelationKey relation) {
    return files.containsKey(relation);
  }

  /** Closes all files, without a sync. Idempotent. */
  @Override
  public void close() {
    forgetLast();
    List<TableFile> open = new ArrayList<>(files.values());
    files.clear();
    for (TableFile file : open) {
      file.close();
    }
  }

  private void put(RelationKey relation, TableFile file) {
    // Room is made first, so the new file itself is never closed.
    try {
      evict(limit - 1);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
    files.put(relation, file);
  }

  private void evict(int most) {
    Iterator<TableFile> oldestFirst = files.values().iterator();
    while (files.size() > most && oldestFirst.hasNext()) {
      TableFile file = oldestFirst.next();
      if (!file.inTransaction()) {
        file.sync();
        oldestFirst.remove();
        forgetLast();
        file.close();
      }
    }
  }

  private void noteChange() {
    if (++changes % CHANGES_PER_TRIM == 0) {
      trimMemory();
    }
  }

  private void trimMemory() {
    int left = files.size() - FILES_IN_MEMORY;
    for (TableFile file : files.values()) {
      if (left-- <= 0) {
        return;
      }
      file.releaseMemory();
    }
  }

  private void forgetLast() {
    lastRelation = null;
    lastFile = null;
  }

  private TableFileOptions optionsOf(RelationKey relation) {
    return relation.isTemporary() ? optionsWithoutFsync : options;
  }
}
