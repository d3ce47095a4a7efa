package tamarack.iceberg.partition;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.types.Types;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/**
 * Reads the option {@code partitioning}: terms with commas between them, each a column or
 * {@code year(c)}, {@code month(c)}, {@code day(c)}, {@code hour(c)}, {@code identity(c)}, {@code bucket(n, c)},
 * {@code truncate(n, c)}. A column's name may stand in double quotes.
 */
public final class PartitioningParser {
  private static final String HINT = "An example: 'day(created_at), bucket(16, id), truncate(4, payload), region'.";

  private final String text;
  private int next;

  private PartitioningParser(String text) {
    this.text = text;
  }

  /**
   * @return the spec; unpartitioned for a blank text
   * @throws TamarackException 22023 for what is no spec, or none that fits the schema
   */
  public static PartitionSpec parse(String text, Schema schema) {
    PartitionSpec.Builder spec = PartitionSpec.builderFor(schema);
    terms(text).forEach(term -> add(spec, schema, term));
    return spec.build();
  }

  /**
   * The text after a column has got another name, or has gone.
   *
   * @param to null when the column has gone
   * @throws TamarackException 0A000 when the table is partitioned by a column that has gone
   */
  public static String renameColumn(String text, String from, String to) {
    List<PartitionTerm> terms = terms(text);
    if (terms.stream().noneMatch(term -> term.column().equals(from))) {
      return text;
    }
    if (to == null) {
      throw new TamarackException(
          SqlState.FEATURE_NOT_SUPPORTED, "cannot drop column \"" + from + "\": the table is partitioned by it",
          "Its option \"partitioning\" is '" + text + "'.",
          "Partitioning is fixed when a table is created: copy the rows into a new table.", null);
    }
    return terms.stream()
        .map(term -> term.column().equals(from) ? term.withColumn(to) : term)
        .map(PartitionTerm::text)
        .collect(Collectors.joining(", "));
  }

  private static List<PartitionTerm> terms(String text) {
    boolean isEmpty = text == null || text.isBlank();
    return isEmpty ? List.of() : new PartitioningParser(text).terms();
  }

  private List<PartitionTerm> terms() {
    List<PartitionTerm> terms = new ArrayList<>();
    do {
      terms.add(term());
    } while (accept(','));
    skipSpace();
    if (next < text.length()) {
      throw error("unexpected \"" + text.substring(next) + "\"", HINT);
    }
    return terms;
  }

  private PartitionTerm term() {
    boolean quoted = peek() == '"';
    String word = word();
    if (quoted || !accept('(')) {
      return new PartitionTerm(PartitionTerm.IDENTITY, null, word);
    }
    List<String> arguments = new ArrayList<>();
    do {
      arguments.add(word());
    } while (accept(','));
    if (!accept(')')) {
      throw error("\"" + word + "(\" has no closing parenthesis", HINT);
    }
    boolean counted = word.equals("bucket") || word.equals("truncate");
    if (arguments.size() != (counted ? 2 : 1)) {
      throw error(
          word + " takes " + (counted ? "a number and a column" : "one column"), HINT);
    }
    return new PartitionTerm(word, counted ? arguments.getFirst() : null, arguments.getLast());
  }

  private static void add(PartitionSpec.Builder spec, Schema schema, PartitionTerm term) {
    Types.NestedField field = schema.asStruct().field(term.column());
    if (field == null) {
      throw error("column \"" + term.column() + "\" does not exist", null);
    }
    int width = term.width() == null ? 0 : number(term.transform(), term.width());
    try {
      // Only a spec that is built has its sources' types checked: one of this term alone tells which term it is.
      PartitionSpec.Builder alone = PartitionSpec.builderFor(schema);
      add(alone, term.transform(), term.column(), width);
      alone.build();
      add(spec, term.transform(), term.column(), width);
    } catch (IllegalArgumentException | ValidationException e) {
      throw new TamarackException(
          SqlState.INVALID_PARAMETER_VALUE,
          "cannot partition by " + term.transform() + " of column \"" + term.column() + "\" of Iceberg type "
              + field.type(),
          e.getMessage(), HINT, e);
    }
  }

  private static void add(PartitionSpec.Builder spec, String transform, String column, int width) {
    switch (transform) {
      case PartitionTerm.IDENTITY -> spec.identity(column);
      case "year" -> spec.year(column);
      case "month" -> spec.month(column);
      case "day" -> spec.day(column);
      case "hour" -> spec.hour(column);
      case "bucket" -> spec.bucket(column, width);
      case "truncate" -> spec.truncate(column, width);
      default -> throw error(
          "there is no partition transform \"" + transform + "\"",
          "There are identity, year, month, day, hour, bucket and truncate.");
    }
  }

  private static int number(String transform, String number) {
    try {
      int value = Integer.parseInt(number);
      if (value > 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw error("\"" + number + "\" is no number for " + transform, HINT);
    }
    throw error(transform + " needs a number above zero", HINT);
  }

  /** A quoted or bare word; PostgreSQL folds bare names to lower case. */
  private String word() {
    if (peek() == '"') {
      return quoted();
    }
    int start = next;
    while (next < text.length() && isWord(text.charAt(next))) {
      next++;
    }
    if (start == next) {
      throw error(
          next < text.length() ? "unexpected \"" + text.substring(next) + "\"" : "it ends where a column should follow",
          HINT);
    }
    return text.substring(start, next).toLowerCase(java.util.Locale.ROOT);
  }

  private static boolean isWord(char each) {
    return Character.isLetterOrDigit(each) || each == '_' || each == '$';
  }

  private String quoted() {
    StringBuilder name = new StringBuilder();
    for (next++; next < text.length(); next++) {
      if (text.charAt(next) != '"') {
        name.append(text.charAt(next));
      } else if (next + 1 < text.length() && text.charAt(next + 1) == '"') {
        name.append('"');
        next++;
      } else {
        next++;
        return name.toString();
      }
    }
    throw error("a quoted name does not end", HINT);
  }

  private char peek() {
    skipSpace();
    return next < text.length() ? text.charAt(next) : 0;
  }

  private boolean accept(char expected) {
    if (peek() != expected) {
      return false;
    }
    next++;
    return true;
  }

  private void skipSpace() {
    while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
      next++;
    }
  }

  private static TamarackException error(String detail, String hint) {
    return new TamarackException(
        SqlState.INVALID_PARAMETER_VALUE, "invalid value for option \"partitioning\"", capitalized(detail), hint, null);
  }

  private static String capitalized(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }
}
