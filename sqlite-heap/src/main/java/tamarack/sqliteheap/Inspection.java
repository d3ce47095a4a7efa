package tamarack.sqliteheap;

import java.util.function.Function;
import tamarack.am.RelationKey;
import tamarack.backend.Backend;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.tuple.Memory;
import tamarack.tuple.Question;

/** Answers what the inspection functions ask about a table's file, and serves the export. */
final class Inspection {
  /** An interrupt came: the server serves it and asks again. */
  private static final String INTERRUPTED = "";

  private final Function<RelationKey, TableFile> files;

  /**
   * @param files opens a relation's file
   */
  Inspection(Function<RelationKey, TableFile> files) {
    this.files = files;
  }

  /** Answers a {@link Question}. */
  String answer(RelationKey relation, int question, long argument) {
    switch (question) {
      case Question.SCHEMA_VERSION:
        return Integer.toString(argument == 0 ? TableFileSchema.VERSION : files.apply(relation).schemaVersion());
      case Question.ROW_COUNT:
        return Long.toString(files.apply(relation).countRows());
      case Question.PROBLEMS:
        return problems(relation);
      case Question.PRUNED_ROWS:
        PrunedRows.mark(files.apply(relation), Memory.getLong(argument), Memory.getLong(argument + 8));
        return null;
      case Question.EXPORT_OPEN:
        return Long.toString(Export.open(argument));
      case Question.EXPORT_ROWS:
        Export.insert(argument);
        return null;
      case Question.EXPORT_COMMIT:
        Export.commit(argument);
        return null;
      case Question.EXPORT_ABANDON:
        Export.abandon(argument);
        return null;
      default:
        throw new TamarackException(SqlState.INTERNAL_ERROR, "unknown question " + question);
    }
  }

  private String problems(RelationKey relation) {
    TableFile file;
    try {
      file = files.apply(relation);
    } catch (TamarackException e) {
      return e.getMessage();
    }
    file.interruptFlag(Backend.interruptFlagAddress());
    try {
      String lines = String.join("\n", IntegrityCheck.problems(file));
      return lines.isEmpty() ? null : lines;
    } catch (StoreException e) {
      if (e.isInterrupt()) {
        return INTERRUPTED;
      }
      return e.getMessage();
    } finally {
      file.interruptFlag(0);
    }
  }
}
