package tamarack.sqliteheap;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import tamarack.backend.TamarackException;
import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;
import tamarack.xact.TransactionStatus;

/**
 * Does in a plain JVM what a session does first, so that an AOT cache made from it holds the classes a session needs.
 * Loads every class of ours, then uses a table's file: whatever that touches of SQLite's driver and of the JDK is in
 * the cache too. Run by {@code make train}, never in a backend.
 */
final class Training {
  private static final int ROWS = 100;
  private static final int CAPACITY = 64 * 1024;
  private static final int ENTRY_SIZE = 72;

  private Training() {}

  public static void main(String[] arguments) throws Exception {
    loadClasses(Training.class);
    loadClasses(TransactionStatus.class);
    startEntryPoints();
    Path directory = Files.createTempDirectory("tamarack-training");
    try {
      useTable(directory.resolve("1.sqlite").toString());
    } finally {
      deleteAll(directory);
    }
  }

  /** Loads all classes of the jar that one of them came from. */
  private static void loadClasses(Class<?> one) throws IOException, URISyntaxException, ClassNotFoundException {
    Path jar = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> names;
    try (JarFile file = new JarFile(jar.toFile())) {
      names = file.stream().map(entry -> entry.getName()).filter(name -> name.endsWith(".class")).toList();
    }
    for (String name : names) {
      String type = name.substring(0, name.length() - ".class".length()).replace('/', '.');
      Class.forName(type, false, Training.class.getClassLoader());
    }
  }

  /** Finds the access methods as a backend does; what asks PostgreSQL fails here, after it was loaded. */
  private static void startEntryPoints() throws ClassNotFoundException {
    try {
      Class.forName("tamarack.backend.EntryPoints");
    } catch (LinkageError noServer) {
      System.out.println("without a server: " + noServer);
    }
  }

  private static void useTable(String path) {
    long batch = Memory.allocate(CAPACITY);
    try (TableFile file = TableFile.create(path, TableFileOptions.DEFAULT)) {
      fillBatch(batch);
      file.begin();
      file.insert(batch, ROWS);
      file.setHeader(1, 10, 11, 0, RowInfo.NEXT_NONE);
      file.commit();
      file.sync();
      file.scan(0, ROWS, ROWS, false, batch, CAPACITY);
      file.fetch(5, false, batch, CAPACITY);
      file.checkpointIfLong();
      file.maxRow();
      file.sizeInBytes();
    } finally {
      Memory.free(batch);
    }
    openAgain(path);
  }

  private static void openAgain(String path) {
    try (TableFile file = TableFile.open(path, TableFileOptions.DEFAULT.withoutFsync())) {
      require(file.countRows() == ROWS, "rows are missing");
      require(file.integrityProblems().isEmpty(), "the file is damaged");
    }
    try {
      TableFile.open(path + ".missing", TableFileOptions.DEFAULT);
    } catch (TamarackException expected) {
      return;
    }
    require(false, "a missing file was opened");
  }

  /** Rows of one integer column. */
  private static void fillBatch(long batch) {
    Memory.fill(batch, CAPACITY, (byte) 0);
    Memory.putInt(batch + BatchLayout.COUNT, ROWS);
    Memory.putLong(batch + BatchLayout.USED, BatchLayout.HEADER_SIZE + (long) ROWS * ENTRY_SIZE);
    for (int row = 0; row < ROWS; row++) {
      long entry = batch + BatchLayout.HEADER_SIZE + (long) row * ENTRY_SIZE;
      Memory.putLong(entry + BatchLayout.ROW, row);
      Memory.putLong(entry + BatchLayout.XMIN, 10);
      Memory.putLong(entry + BatchLayout.NEXT, RowInfo.NEXT_NONE);
      Memory.putInt(entry + BatchLayout.ENTRY_SIZE, ENTRY_SIZE);
      Memory.putInt(entry + BatchLayout.BLOB_OFFSET, BatchLayout.IMAGE);
      Memory.putInt(entry + BatchLayout.BLOB_SIZE, 7);
      Memory.putShort(entry + BatchLayout.IMAGE, (short) 1);
      Memory.putInt(entry + BatchLayout.IMAGE + 3, row);
    }
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
