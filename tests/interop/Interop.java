import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Files;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.types.Types;

/**
 * Reads published tables as another engine does: finds them through Iceberg's JdbcCatalog on PostgreSQL, plans the scan
 * with Iceberg's library, reads data and delete files with DuckDB, and compares every row with what PostgreSQL says.
 *
 * <p>Arguments: JDBC URL, name of a catalog. Reads a table's name from each line of standard input and answers with a
 * line: "same TABLE ROWS", "not listed TABLE", or what differs.
 */
public class Interop {
  /** Local files under the names that metadata give them. */
  public static final class LocalFiles implements FileIO {
    static String path(String location) {
      return location.replaceFirst("^file:(//)?", "");
    }

    @Override
    public InputFile newInputFile(String location) {
      return Files.localInput(path(location));
    }

    @Override
    public OutputFile newOutputFile(String location) {
      throw new UnsupportedOperationException("this engine only reads");
    }

    @Override
    public void deleteFile(String location) {
      throw new UnsupportedOperationException("this engine only reads");
    }
  }

  private static final String NULL = "\u2205";

  /** A column as both sides spell its values alike: expressions with {} for the column. */
  private record Column(int id, String name, String postgres, String duckdb) {
    static Column of(Types.NestedField field) {
      return switch (field.type().typeId()) {
        case BINARY -> of(field, "encode({}, 'hex')", "lower(hex({}))");
        case TIMESTAMP -> of(field, "(extract(epoch FROM {}) * 1000000)::bigint::text", "epoch_us({})");
        case LIST -> of(field, "array_to_string({}, ',', 'NULL')",
            "array_to_string(list_transform({}, lambda e: coalesce(CAST(e AS VARCHAR), 'NULL')), ',')");
        case FLOAT, DOUBLE -> of(field, "to_char({}, '9.99999EEEE')", "printf(' %.5e', {})");
        case BOOLEAN -> of(field, "{}::text", "CAST({} AS VARCHAR)");
        // what the type's output function says; a cast to text would take the blanks off a char(n)
        default -> of(field, "CASE WHEN {} IS NOT NULL THEN format('%s', {}) END", "CAST({} AS VARCHAR)");
      };
    }

    private static Column of(Types.NestedField field, String postgres, String duckdb) {
      return new Column(field.fieldId(), field.name(), postgres, duckdb);
    }

    String inPostgres() {
      return postgres.replace("{}", quotedName(name));
    }

    /** In a file where the column has another name, or none. */
    String inDuckdb(Map<Integer, String> names) {
      return names.containsKey(id) ? duckdb.replace("{}", quotedName(names.get(id))) : "NULL";
    }

    private static String quotedName(String name) {
      return '"' + name.replace("\"", "\"\"") + '"';
    }
  }

  private static List<String> rows(Connection connection, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          String value = result.getString(i);
          row.append(value == null ? NULL : value).append('|');
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }

  private static String quoted(String location) {
    return "'" + LocalFiles.path(location).replace("'", "''") + "'";
  }

  /** Positions that delete files hide of a data file. */
  private static String deletes(FileScanTask task) {
    List<String> queries = new ArrayList<>();
    for (DeleteFile delete : task.deletes()) {
      queries.add("SELECT pos FROM read_parquet(" + quoted(delete.location()) + ") WHERE file_path = '"
          + task.file().location().replace("'", "''") + "'");
    }
    return queries.isEmpty() ? "SELECT -1" : String.join(" UNION ALL ", queries);
  }

  /** Names of a file's columns by field id. */
  private static Map<Integer, String> names(Connection duckdb, String location) throws SQLException {
    Map<Integer, String> names = new LinkedHashMap<>();
    try (Statement statement = duckdb.createStatement();
        ResultSet schema = statement.executeQuery("SELECT field_id, name FROM parquet_schema(" + quoted(location) + ")"
            + " WHERE field_id IS NOT NULL")) {
      while (schema.next()) {
        names.put(schema.getInt(1), schema.getString(2));
      }
    }
    return names;
  }

  private static List<String> read(Connection duckdb, Table table, List<Column> columns) throws Exception {
    List<String> rows = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        Map<Integer, String> names = names(duckdb, task.file().location());
        String list = columns.stream().map(each -> each.inDuckdb(names)).collect(Collectors.joining(", "));
        rows.addAll(rows(duckdb, "SELECT " + list + " FROM read_parquet(" + quoted(task.file().location())
            + ", file_row_number = true) WHERE file_row_number NOT IN (" + deletes(task) + ")"));
      }
    }
    Collections.sort(rows);
    return rows;
  }

  private static String compare(Connection postgres, Connection duckdb, Table table, String name) throws Exception {
    List<Column> columns = table.schema().columns().stream().map(Column::of).toList();
    List<String> expected = rows(postgres, "SELECT "
        + columns.stream().map(Column::inPostgres).collect(Collectors.joining(", ")) + " FROM " + name);
    Collections.sort(expected);
    List<String> found = read(duckdb, table, columns);
    if (expected.equals(found)) {
      return "same " + name + " " + expected.size();
    }
    Set<String> missing = new TreeSet<>(expected);
    missing.removeAll(found);
    Set<String> more = new TreeSet<>(found);
    more.removeAll(expected);
    return "different " + name + ": " + expected.size() + " rows, found " + found.size()
        + "; missing " + missing.stream().limit(2).toList() + "; not expected " + more.stream().limit(2).toList();
  }

  private static String answer(JdbcCatalog catalog, Connection postgres, Connection duckdb, String name) {
    String[] parts = name.split("\\.");
    TableIdentifier identifier = TableIdentifier.of(parts[0].replace("\"", ""), parts[1]);
    try {
      return catalog.listTables(identifier.namespace()).contains(identifier)
          ? compare(postgres, duckdb, catalog.loadTable(identifier), name)
          : "not listed " + name;
    } catch (Exception e) {
      return "failed " + name + ": " + e;
    }
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("uri", arguments[0]);
    properties.put("jdbc.schema-version", "V1");
    properties.put("warehouse", "/nonexistent");
    JdbcCatalog catalog = new JdbcCatalog(ignored -> new LocalFiles(), null, true);
    catalog.initialize(arguments[1], properties);
    try (Connection postgres = DriverManager.getConnection(arguments[0]);
        Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
      rows(postgres, "SELECT set_config('timezone', 'UTC', false)");
      BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String name = questions.readLine(); name != null; name = questions.readLine()) {
        System.out.println(answer(catalog, postgres, duckdb, name));
      }
    } finally {
      catalog.close();
    }
  }
}
