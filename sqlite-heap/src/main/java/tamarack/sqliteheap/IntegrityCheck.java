package tamarack.sqliteheap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Is a table's file sound in itself? SQLite's own check first; when that finds nothing, what every file of the schema
 * must hold. Whether rows and indexes agree with PostgreSQL is checked in C.
 */
final class IntegrityCheck {
  /** Problems of one kind that are named at most. */
  private static final int AT_MOST = 100;

  /** SQL that answers one line for each problem; each statement sees one state of the file. */
  private static final String[] RULES = {
    "SELECT 'row '||rowid||': its header is not 24 bytes' FROM row_version"
        + " WHERE typeof(version)<>'blob' OR length(version)<24",
    "SELECT 'row '||rowid||': row numbers are not negative' FROM row_version WHERE rowid<0",
    "SELECT 'row '||rowid||': its tuple is too short' FROM row_version WHERE length(version) IN (25,26)",
    "SELECT 'row '||rowid||': its large tuple is lost' FROM row_version v WHERE length(version)=24"
        + " AND NOT EXISTS (SELECT 1 FROM large_tuple l WHERE l.rowid=v.rowid)",
    "SELECT 'large tuple '||rowid||': no row has it' FROM large_tuple l"
        + " WHERE NOT EXISTS (SELECT 1 FROM row_version v WHERE v.rowid=l.rowid AND length(v.version)<=24)",
    "SELECT 'large tuple '||rowid||': too short' FROM large_tuple WHERE typeof(tuple)<>'blob' OR length(tuple)<3",
  };

  /** Tables and view that a file has. */
  private static final String MISSING =
      "SELECT column2||' '||column1||' is missing' FROM (VALUES ('row_version','table'),('large_tuple','table'),"
          + "('pruned','table'),('storage','view'))"
          + " WHERE NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name=column1 AND type=column2)";

  private IntegrityCheck() {}

  /**
   * One line for each problem, none when the file is sound.
   *
   * @throws StoreException when an interrupt stops the check, see {@link TableFile#interruptFlag}
   */
  static List<String> problems(TableFile file) {
    List<String> problems = lines(file.integrityProblems());
    if (problems.isEmpty()) {
      problems = lines(file.query(MISSING));
    }
    if (!problems.isEmpty()) {
      return problems;
    }
    problems = new ArrayList<>();
    for (String rule : RULES) {
      problems.addAll(lines(file.query(rule + " LIMIT " + AT_MOST)));
    }
    return problems;
  }

  private static List<String> lines(String text) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split("\n"));
  }
}
