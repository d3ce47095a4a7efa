package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One file under several processes, and processes that are killed. */
@Timeout(120)
class TableFileProcessTest {
  private static final TableFileOptions OPTIONS = TableFileOptions.DEFAULT.withoutFsync();
  private static final int ROWS_PER_COMMIT = 10;

  @TempDir
  private Path directory;

  /** The child: writes commits of ten rows each, of various sizes, and prints the last row number after each. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      TableFileOptions options = new TableFileOptions(false, 10_000, 100, 512);
      try (TableFile file = TableFile.open(arguments[0], options)) {
        int commits = Integer.parseInt(arguments[1]);
        for (int i = 0; i < commits; i++) {
          long first = file.maxRow() + 1;
          try (WriteBatch write = new WriteBatch(1 << 18)) {
            for (int row = 0; row < ROWS_PER_COMMIT; row++) {
              write.add(first + row, Tuples.ofSize(row == 0 ? 20_000 : 200));
            }
            write.insertInto(file);
          }
          System.out.println(first + ROWS_PER_COMMIT - 1);
          file.checkpointIfLong();
        }
      }
    }
  }

  private static Process start(String path, int commits) throws IOException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(List.of(
        "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
    for (String property : List.of(SqliteLibrary.EXTENSION_PROPERTY, "org.sqlite.lib.path", "org.sqlite.lib.name")) {
      if (System.getProperty(property) != null) {
        command.add("-D" + property + "=" + System.getProperty(property));
      }
    }
    command.addAll(List.of(Writer.class.getName(), path, Integer.toString(commits)));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static BufferedReader output(Process process) {
    return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  @Test
  void aReaderSeesEveryCommitOfAnotherProcess() throws Exception {
    String path = directory.resolve("t.sqlite").toString();
    try (TableFile file = TableFile.create(path, OPTIONS); ReadBatch batch = new ReadBatch(1 << 20)) {
      Process writer = start(path, 300);
      try (BufferedReader commits = output(writer)) {
        int seen = 0;
        for (String line = commits.readLine(); line != null; line = commits.readLine()) {
          long row = Long.parseLong(line);
          assertEquals(1, batch.fetch(file, row), "row " + row);
          assertEquals(0, file.countRows() % ROWS_PER_COMMIT);
          seen++;
        }
        assertEquals(300, seen);
      } finally {
        writer.destroyForcibly().waitFor();
      }
      assertEquals(300 * ROWS_PER_COMMIT, batch.readAll(file).size());
    }
  }

  @Test
  void writersOfSeveralProcessesTakeTurns() throws Exception {
    String path = directory.resolve("t.sqlite").toString();
    try (TableFile file = TableFile.create(path, OPTIONS)) {
      Process one = start(path, 100);
      // The children agree on row numbers by luck alone, so they write one after the other; we write headers meanwhile.
      int headers = 0;
      while (one.isAlive()) {
        if (file.maxRow() >= 0) {
          file.begin();
          assertTrue(file.setHeader(0, 1, ++headers, 0, -1));
          file.commit();
          file.checkpointIfLong();
        }
      }
      assertEquals(0, one.waitFor());
      assertEquals(1000, file.countRows());
      assertEquals("", file.integrityProblems());
    }
  }

  @Test
  void killingAWriterLosesNoCommitAndDamagesNothing() throws Exception {
    String path = directory.resolve("t.sqlite").toString();
    TableFile.create(path, OPTIONS).close();
    long last = -1;
    for (int round = 0; round < 8; round++) {
      Process writer = start(path, Integer.MAX_VALUE);
      try (BufferedReader commits = output(writer)) {
        for (int i = 0; i < 20 + 13 * round; i++) {
          last = Long.parseLong(commits.readLine());
        }
        // Through its handle: what the process has written can still be read then.
        writer.toHandle().destroyForcibly();
        for (String line = commits.readLine(); line != null; line = commits.readLine()) {
          if (!line.isEmpty() && line.endsWith("9")) {
            last = Math.max(last, Long.parseLong(line));
          }
        }
      }
      assertTrue(writer.waitFor(10, TimeUnit.SECONDS));
      try (TableFile file = TableFile.open(path, OPTIONS)) {
        assertTrue(file.maxRow() >= last, file.maxRow() + " after " + last);
        assertEquals(file.maxRow() + 1, file.countRows());
        assertEquals(0, file.countRows() % ROWS_PER_COMMIT);
        assertEquals("", file.integrityProblems());
        assertEquals(
            Long.toString(file.countRows() / ROWS_PER_COMMIT), file.query("SELECT count(*) FROM large_tuple"));
      }
    }
  }
}
