package tamarack.sqliteheap;

import tamarack.am.RelationKey;

/**
 * Where a relation's file lies: {@code <data directory>/sqlite_heap/<database>/<name>.sqlite}. The name is the
 * relfilenumber, after the tablespace's oid when that is not the database's default one, after {@code t} and the
 * backend's number when the relation is temporary; parts are joined by underscores.
 */
public final class TableFileName {
  /** The directory of all our files, below the data directory. */
  public static final String DIRECTORY = "sqlite_heap";

  /** Every file's ending. */
  public static final String SUFFIX = ".sqlite";

  private TableFileName() {}

  /** The directory of a database's files. */
  public static String directory(String dataDirectory, int database) {
    return dataDirectory + "/" + DIRECTORY + "/" + Integer.toUnsignedString(database);
  }

  /** The file's path. */
  public static String path(String dataDirectory, RelationKey relation) {
    return directory(dataDirectory, relation.database()) + "/" + name(relation);
  }

  /** The file's name in its directory. */
  public static String name(RelationKey relation) {
    StringBuilder name = new StringBuilder(40);
    if (relation.isTemporary()) {
      name.append('t').append(relation.backend()).append('_');
    }
    if (relation.tablespace() != 0) {
      name.append(Integer.toUnsignedString(relation.tablespace())).append('_');
    }
    return name.append(Integer.toUnsignedString(relation.relationNumber())).append(SUFFIX).toString();
  }
}
