package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tamarack.am.RelationKey;

/** Names, permissions and removal of files. */
class TableFilePathsTest {
  @TempDir
  private Path directory;

  @ParameterizedTest
  @CsvSource({
    "0, 5, 16384, -1, 16384.sqlite",
    "1700, 5, 16384, -1, 1700_16384.sqlite",
    "0, 5, 16384, 12, t12_16384.sqlite",
    "1700, 5, 16384, 12, t12_1700_16384.sqlite",
    "-2, 5, -1, -1, 4294967294_4294967295.sqlite"
  })
  void relationsHaveNames(int tablespace, int database, int relation, int backend, String name) {
    RelationKey key = new RelationKey(tablespace, database, relation, backend);
    assertEquals(name, TableFileName.name(key));
    assertEquals("/data/sqlite_heap/5/" + name, TableFileName.path("/data", key));
  }

  @ParameterizedTest
  @CsvSource({"rwx------, rw-------", "rwxr-x---, rw-r-----"})
  void filesAreReadableByThoseWhoMayReadTheDirectory(String above, String expected) throws IOException {
    Path data = directory.resolve("data");
    Files.createDirectory(data);
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString(above));
    Path path = data.resolve("sqlite_heap/5/1.sqlite");
    TableFileOptions options = TableFileOptions.DEFAULT;
    try (TableFile file = TableFile.create(path.toString(), options); WriteBatch write = new WriteBatch(4096)) {
      write.add(0, Tuples.ofSize(30)).insertInto(file);
      for (String suffix : new String[] {"", "-wal", "-shm"}) {
        assertEquals(expected, permissions(Path.of(path + suffix)));
      }
      assertEquals(above, permissions(path.getParent()));
      assertEquals(above, permissions(path.getParent().getParent()));
    }
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void nothingIsLeftOfADeletedFile() throws IOException {
    Path path = directory.resolve("1.sqlite");
    try (TableFile file = TableFile.create(path.toString(), TableFileOptions.DEFAULT.withoutFsync());
        WriteBatch write = new WriteBatch(4096)) {
      write.add(0, Tuples.ofSize(30)).insertInto(file);
      assertEquals(
          Files.size(path) + Files.size(Path.of(path + "-wal")), TableFilePaths.sizeInBytes(path.toString()));
    }
    TableFilePaths.delete(path.toString());
    for (String suffix : new String[] {"", "-wal", "-shm"}) {
      assertFalse(Files.exists(Path.of(path + suffix)));
    }
    TableFilePaths.delete(path.toString());
    assertEquals(0, TableFilePaths.sizeInBytes(path.toString()));
  }
}
