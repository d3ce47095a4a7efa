package tamarack.sqliteheap;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/**
 * Table files as the file system sees them: the database and what SQLite puts beside it. A file that is open anywhere
 * in this process is never opened here: closing it would drop SQLite's locks on it.
 */
public final class TableFilePaths {
  private static final String[] SUFFIXES = {"", "-wal", "-shm", "-journal"};

  private TableFilePaths() {}

  /** Deletes a table file and what stands beside it; what is missing is passed over. */
  public static void delete(String path) {
    // The database goes first: a log without its database means nothing, the reverse would lose rows.
    for (String suffix : SUFFIXES) {
      File file = new File(path + suffix);
      if (!file.delete() && file.exists()) {
        throw new TamarackException(SqlState.IO_ERROR, "could not remove file \"" + file + "\"");
      }
    }
  }

  /** Bytes of a table file and its log; 0 when there is none. */
  public static long sizeInBytes(String path) {
    return new File(path).length() + new File(path + "-wal").length();
  }

  /**
   * Makes an empty file and its missing directories. Who may read them is as in the directory above: PostgreSQL's data
   * directory is for the owner, and for the group when the cluster allows it.
   *
   * @param durable whether to sync new directories into their parents
   */
  static void createEmpty(String path, boolean durable) {
    Path file = Path.of(path);
    try {
      createDirectory(file.getParent(), durable);
      Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(file.getParent()));
      permissions.remove(PosixFilePermission.OWNER_EXECUTE);
      permissions.remove(PosixFilePermission.GROUP_EXECUTE);
      permissions.remove(PosixFilePermission.OTHERS_EXECUTE);
      Files.createFile(file, PosixFilePermissions.asFileAttribute(permissions));
    } catch (IOException e) {
      throw failure("create file", path, e);
    }
  }

  private static void createDirectory(Path directory, boolean durable) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.getParent();
    createDirectory(parent, durable);
    try {
      Files.createDirectory(
          directory, PosixFilePermissions.asFileAttribute(Files.getPosixFilePermissions(parent)));
    } catch (FileAlreadyExistsException e) {
      return;
    }
    if (durable) {
      sync(parent);
    }
  }

  /** Makes the names in a file's directory durable. */
  static void syncDirectory(String path) {
    try {
      sync(Path.of(path).getParent());
    } catch (IOException e) {
      throw new StoreException(StoreException.SQLITE_IOERR_DIR_FSYNC, e.getMessage());
    }
  }

  /** Makes a new file durable that nobody has opened yet, and its name. */
  static void syncCopy(String path) {
    try (FileChannel channel = FileChannel.open(Path.of(path), StandardOpenOption.WRITE)) {
      channel.force(true);
    } catch (IOException e) {
      throw failure("sync file", path, e);
    }
    syncDirectory(path);
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static TamarackException failure(String what, String path, IOException e) {
    return new TamarackException(
        SqlState.IO_ERROR, "could not " + what + " \"" + path + "\": " + e.getMessage(), null, null, e);
  }
}
