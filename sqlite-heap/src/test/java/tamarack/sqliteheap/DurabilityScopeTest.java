package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files a transaction has to sync. */
class DurabilityScopeTest {
  @TempDir
  private Path directory;

  private final List<TableFile> files = new ArrayList<>();
  private final DurabilityScope scope = new DurabilityScope();

  @AfterEach
  void close() {
    files.forEach(TableFile::close);
  }

  private TableFile make(TableFileOptions options) {
    TableFile file = TableFile.create(directory.resolve(files.size() + ".sqlite").toString(), options);
    files.add(file);
    return file;
  }

  private void write(TableFile file, long row) {
    try (WriteBatch write = new WriteBatch(4096)) {
      write.add(row, Tuples.ofSize(50)).insertInto(file);
    }
    scope.wrote(file);
  }

  @Test
  void oneFileOrManyAreSynced() {
    for (int count : new int[] {1, 2, 20}) {
      while (files.size() < count) {
        make(TableFileOptions.DEFAULT);
      }
      for (int round = 0; round < 3; round++) {
        for (TableFile file : files) {
          write(file, file.maxRow() + 1);
          write(file, file.maxRow() + 1);
          assertTrue(file.isUnsynced());
        }
        scope.sync();
        files.forEach(file -> assertFalse(file.isUnsynced()));
      }
    }
    scope.sync();
    files.forEach(file -> assertEquals("", file.integrityProblems()));
  }

  @Test
  void nothingIsSyncedWithoutFsync() {
    TableFile file = make(TableFileOptions.DEFAULT.withoutFsync());
    write(file, 0);
    assertFalse(file.isUnsynced());
    scope.sync();
  }

  @Test
  void anAbortedTransactionSyncsNothing() {
    TableFile file = make(TableFileOptions.DEFAULT);
    write(file, 0);
    scope.sync();
    write(file, 1);
    scope.clear();
    assertFalse(file.isUnsynced());
  }

  @Test
  void aNewFileKeepsItsWishForASync() {
    TableFile file = make(TableFileOptions.DEFAULT);
    write(file, 0);
    scope.clear();
    assertTrue(file.isUnsynced());
    write(file, 1);
    scope.sync();
    assertFalse(file.isUnsynced());
  }

  @Test
  void aClosedAndSyncedFileIsPassedOver() {
    TableFile file = make(TableFileOptions.DEFAULT);
    write(file, 0);
    file.sync();
    file.close();
    scope.sync();
  }
}
