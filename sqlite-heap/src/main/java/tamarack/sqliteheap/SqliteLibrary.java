package tamarack.sqliteheap;

import java.nio.charset.StandardCharsets;
import org.sqlite.core.NativeDB;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/**
 * Loads SQLite, which comes with sqlite-jdbc, and our extension of it, once per process.
 *
 * <p>sqlite-jdbc's own way to a connection loads a few hundred classes: 165 ms in a fresh JVM, 40 ms with an AOT cache.
 * This way takes 45 and 14 ms <em>(measured)</em>. Its library is found as it finds it: in directory
 * {@code org.sqlite.lib.path} under the name {@code org.sqlite.lib.name}, else unpacked from its jar.
 */
final class SqliteLibrary {
  /** System property: where tamarack_sqlite.so lies. */
  static final String EXTENSION_PROPERTY = "tamarack.sqlite.extension";

  private SqliteLibrary() {}

  /** Loads both libraries. */
  static void load() {
    String extension = System.getProperty(EXTENSION_PROPERTY);
    if (extension == null) {
      throw new TamarackException(
          SqlState.UNDEFINED_FILE, "system property \"" + EXTENSION_PROPERTY + "\" is not set");
    }
    try {
      loadSqlite();
      System.load(extension);
    } catch (Exception | UnsatisfiedLinkError e) {
      throw new TamarackException(
          SqlState.UNDEFINED_FILE, "could not load SQLite's native library: " + e.getMessage(), null,
          "System property \"org.sqlite.lib.path\" names its directory.", e);
    }
    String sql = "SELECT load_extension('" + extension.replace("'", "''") + "')";
    StoreNatives.loadExtension(
        ":memory:".getBytes(StandardCharsets.UTF_8), sql.getBytes(StandardCharsets.UTF_8));
  }

  private static void loadSqlite() throws Exception {
    String directory = System.getProperty("org.sqlite.lib.path");
    String name = System.getProperty("org.sqlite.lib.name");
    if (directory != null && name != null) {
      // It must belong to the class loader of sqlite-jdbc's natives; that is our own.
      System.load(directory + "/" + name);
    } else {
      NativeDB.load();
    }
  }
}
