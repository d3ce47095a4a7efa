package tamarack.iceberg.option;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.types.Types;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.parquet.WriteOptions;
import tamarack.iceberg.partition.PartitioningParser;

/**
 * The options of a table, with Iceberg's own names where Iceberg has one. Unknown names and bad values are refused;
 * what a name says is left to the code that uses it.
 */
public final class TableOptions {
  public static final String FORMAT_VERSION = "format-version";
  public static final String PARTITIONING = "partitioning";
  public static final int DEFAULT_FORMAT_VERSION = 2;

  private static final String CODEC = "write.parquet.compression-codec";
  private static final String LEVEL = "write.parquet.compression-level";
  private static final String ROW_GROUP = "write.parquet.row-group-size-bytes";
  private static final String PAGE = "write.parquet.page-size-bytes";
  private static final String DICTIONARY = "write.parquet.dict-size-bytes";
  private static final String TARGET_FILE = "write.target-file-size-bytes";
  private static final String METRICS_DEFAULT = "write.metadata.metrics.default";
  private static final String COLUMN_METRICS = "write.metadata.metrics.column.";
  private static final String COLUMN_TYPE = "tamarack.type.";

  private static final Map<String, Check> KNOWN = known();

  private TableOptions() {}

  /** What a value must be, in words and as a test. */
  private record Check(String words, Predicate<String> test) {}

  private static Map<String, Check> known() {
    Map<String, Check> known = new LinkedHashMap<>();
    known.put(FORMAT_VERSION, oneOf("1", "2", "3"));
    known.put(PARTITIONING, new Check("a list of partition transforms", value -> true));
    known.put(CODEC, oneOf("zstd", "snappy", "gzip", "uncompressed"));
    known.put(LEVEL, number(1, 22));
    known.put(TARGET_FILE, number(1 << 16, Long.MAX_VALUE));
    known.put(ROW_GROUP, number(1 << 16, 1L << 30));
    known.put(PAGE, number(1 << 10, 1L << 26));
    known.put(DICTIONARY, number(1 << 10, 1L << 26));
    known.put("write.parquet.delete-file.compression-codec", oneOf("zstd"));
    known.put("write.format.default", oneOf("parquet"));
    known.put(METRICS_DEFAULT, metricsMode());
    known.put("write.metadata.metrics.max-inferred-column-defaults", number(0, Integer.MAX_VALUE));
    known.put("write.metadata.compression-codec", oneOf("gzip", "none"));
    known.put("write.metadata.previous-versions-max", number(1, 10_000));
    known.put("write.metadata.delete-after-commit.enabled", truth());
    known.put("write.summary.partition-limit", number(0, Integer.MAX_VALUE));
    known.put("write.delete.mode", oneOf("merge-on-read"));
    known.put("write.update.mode", oneOf("merge-on-read"));
    known.put("write.merge.mode", oneOf("merge-on-read"));
    known.put("history.expire.max-snapshot-age-ms", number(0, Long.MAX_VALUE));
    known.put("history.expire.min-snapshots-to-keep", number(1, Integer.MAX_VALUE));
    known.put("history.expire.max-ref-age-ms", number(0, Long.MAX_VALUE));
    known.put("commit.manifest.target-size-bytes", number(1 << 10, Long.MAX_VALUE));
    known.put("commit.manifest.min-count-to-merge", number(1, 100_000));
    known.put("commit.manifest-merge.enabled", truth());
    for (String retry : List.of("num-retries", "min-wait-ms", "max-wait-ms", "total-timeout-ms")) {
      known.put("commit.retry." + retry, number(0, Long.MAX_VALUE));
    }
    known.put("tamarack.history.max-snapshots", number(1, 100_000));
    return known;
  }

  private static Check oneOf(String... values) {
    List<String> allowed = List.of(values);
    return new Check((allowed.size() > 1 ? "one of " : "") + String.join(", ", allowed), allowed::contains);
  }

  private static Check truth() {
    return oneOf("true", "false");
  }

  private static Check number(long least, long most) {
    String words = most == Long.MAX_VALUE
        ? "a number of at least " + least
        : "a number from " + least + " to " + most;
    return new Check(words, value -> {
      try {
        long number = Long.parseLong(value);
        return number >= least && number <= most;
      } catch (NumberFormatException e) {
        return false;
      }
    });
  }

  private static Check metricsMode() {
    return new Check(
        "one of none, counts, truncate(length), full",
        value -> value.matches("(?i)none|counts|full|truncate\\([1-9][0-9]{0,8}\\)"));
  }

  /** Whether a name is an option of an iceberg table; columns' names behind a dot are not looked at. */
  public static boolean isKnown(String name) {
    return find(name) != null;
  }

  private static Check find(String name) {
    if (name.startsWith(COLUMN_METRICS) && name.length() > COLUMN_METRICS.length()) {
      return metricsMode();
    }
    if (name.startsWith(COLUMN_TYPE) && name.length() > COLUMN_TYPE.length()) {
      return new Check("an Iceberg type", value -> !value.isBlank());
    }
    return KNOWN.get(name);
  }

  /**
   * Checks one option.
   *
   * @throws TamarackException 22023 for an unknown name or a value out of range
   */
  public static void check(String name, String value) {
    Check check = find(name);
    if (check == null) {
      throw new TamarackException(
          SqlState.INVALID_PARAMETER_VALUE, "unrecognized option \"" + name + "\" of an iceberg table", null,
          "Did you mean \"" + nearest(name) + "\"?", null);
    }
    if (value == null || !check.test.test(value)) {
      throw new TamarackException(
          SqlState.INVALID_PARAMETER_VALUE, "invalid value for option \"" + name + "\": \"" + value + "\"",
          "It must be " + check.words + ".", null, null);
    }
  }

  /**
   * Checks that options about columns name such as there are.
   *
   * @throws TamarackException 22023 for one that does not
   */
  public static void checkColumns(Map<String, String> options, Schema schema) {
    for (String name : options.keySet()) {
      if (name.startsWith(COLUMN_TYPE)) {
        requireColumn(name, schema.asStruct().field(name.substring(COLUMN_TYPE.length())));
      } else if (name.startsWith(COLUMN_METRICS)) {
        requireColumn(name, schema.findField(name.substring(COLUMN_METRICS.length())));
      }
    }
  }

  private static void requireColumn(String option, Types.NestedField column) {
    if (column == null) {
      throw new TamarackException(
          SqlState.INVALID_PARAMETER_VALUE, "option \"" + option + "\" names a column that does not exist");
    }
  }

  /**
   * The options after a column has got another name, or has gone: those about it change with it.
   *
   * @param to null when the column has gone
   * @throws TamarackException 0A000 when the table is partitioned by a column that has gone
   */
  public static Map<String, String> renameColumn(Map<String, String> options, String from, String to) {
    Map<String, String> renamed = new LinkedHashMap<>();
    options.forEach((name, value) -> {
      String newName = renameColumn(name, from, to);
      if (newName != null) {
        renamed.put(newName, name.equals(PARTITIONING) ? PartitioningParser.renameColumn(value, from, to) : value);
      }
    });
    return renamed;
  }

  private static String renameColumn(String option, String from, String to) {
    for (String prefix : List.of(COLUMN_TYPE, COLUMN_METRICS)) {
      boolean isField = prefix.equals(COLUMN_METRICS) && option.startsWith(prefix + from + ".");
      if (option.equals(prefix + from) || isField) {
        return to == null ? null : prefix + to + option.substring(prefix.length() + from.length());
      }
    }
    return option;
  }

  private static String nearest(String name) {
    List<String> names = new ArrayList<>(KNOWN.keySet());
    names.add(COLUMN_METRICS + "<column>");
    names.add(COLUMN_TYPE + "<column>");
    String nearest = names.getFirst();
    int least = Integer.MAX_VALUE;
    for (String each : names) {
      int distance = distance(name.toLowerCase(Locale.ROOT), each);
      if (distance < least) {
        least = distance;
        nearest = each;
      }
    }
    return nearest;
  }

  /** How many letters must change, go or come. */
  private static int distance(String left, String right) {
    int[] previous = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int[] current = new int[right.length() + 1];
      current[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int change = previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[right.length()];
  }

  /** The format version that a table's options ask for. */
  public static int formatVersion(Map<String, String> options) {
    return Integer.parseInt(options.getOrDefault(FORMAT_VERSION, Integer.toString(DEFAULT_FORMAT_VERSION)));
  }

  /** How data files are written under these options. */
  public static WriteOptions writeOptions(Map<String, String> options, Schema schema) {
    return new WriteOptions(
        CompressionCodecName.valueOf(options.getOrDefault(CODEC, "zstd").toUpperCase(Locale.ROOT)),
        (int) number(options, LEVEL, WriteOptions.DEFAULT_ZSTD_LEVEL),
        number(options, ROW_GROUP, WriteOptions.DEFAULT_ROW_GROUP_BYTES),
        number(options, TARGET_FILE, WriteOptions.DEFAULT_TARGET_FILE_BYTES), (int) number(options, PAGE, 1 << 20),
        (int) number(options, DICTIONARY, 2 << 20), MetricsConfig.from(options, schema, SortOrder.unsorted()));
  }

  private static long number(Map<String, String> options, String name, long usual) {
    return options.containsKey(name) ? Long.parseLong(options.get(name)) : usual;
  }

  /** What goes into the metadata's properties: all but what Iceberg keeps elsewhere. */
  public static Map<String, String> properties(Map<String, String> options) {
    Map<String, String> properties = new LinkedHashMap<>(options);
    properties.remove(FORMAT_VERSION);
    properties.remove(PARTITIONING);
    return properties;
  }
}
