package tamarack.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Classes that come after the JVM has started. */
class AddedJarsTest {
  private static final String PROPERTY = "tamarack.test.added";

  @TempDir
  Path directory;

  private final ClassLoader context = Thread.currentThread().getContextClassLoader();

  @AfterEach
  void restore() {
    System.clearProperty(PROPERTY);
    Thread.currentThread().setContextClassLoader(context);
  }

  private String options(Path... jars) {
    String path = String.join(":", List.of(jars).stream().map(Path::toString).toList());
    return "# a comment\n-Xrs\n-Djava.class.path=" + System.getProperty("java.class.path") + ":" + path
        + "\n-D" + PROPERTY + "=a=b\n";
  }

  /** A folder with the class {@code later.Added}, which uses a class of ours. */
  private Path compiled() throws Exception {
    Path source = Files.createDirectories(directory.resolve("later")).resolve("Added.java");
    Files.writeString(source, "package later; public class Added { "
        + "public static Class<?> core() { return tamarack.backend.TamarackException.class; } }");
    int failed = ToolProvider.getSystemJavaCompiler().run(
        null, null, null, "-d", directory.toString(), "-cp", System.getProperty("java.class.path"), source.toString());
    assertEquals(0, failed);
    return directory;
  }

  @Test
  void whatIsOnTheClassPathComesFromThere() {
    assertSame(Backend.class, AddedJars.find("tamarack.backend.Backend", "-Djava.class.path=/nowhere.jar"));
  }

  @Test
  void anAddedClassSharesOurs() throws Exception {
    String options = options(compiled());
    Class<?> added = AddedJars.find("later.Added", options);
    assertNotSame(Backend.class.getClassLoader(), added.getClassLoader());
    assertSame(TamarackException.class, added.getMethod("core").invoke(null));
    assertEquals("a=b", System.getProperty(PROPERTY));
    assertSame(added, AddedJars.find("later.Added", options));
  }

  @Test
  void aMissingClassIsToldByName() {
    TamarackException e = assertThrows(
        TamarackException.class, () -> AddedJars.find("later.Missing", options(directory.resolve("none.jar"))));
    assertEquals(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, e.sqlState());
    assertEquals("class \"later.Missing\" is not installed", e.getMessage());
  }
}
