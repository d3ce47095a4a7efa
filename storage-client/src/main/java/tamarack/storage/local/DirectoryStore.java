package tamarack.storage.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListPage;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectKeys;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStream;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.Ranges;
import tamarack.storage.object.RetryableException;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;

/**
 * Objects in a local directory, one file each, see {@link ObjectFile}. Several processes may share it: objects are
 * written aside, synced and moved into place, and writes of all processes take turns by a lock on a file. A part of a
 * key becomes a directory "d.part", the last one a file "o.part", so that "a" and "a/b" can both be there.
 */
public final class DirectoryStore implements ObjectStore {
  private static final String LOCK = ".lock";
  private static final String PARTIAL = ".partial";
  private static final int BUFFER = 1 << 16;

  private final Path directory;
  private final ReentrantLock writes = new ReentrantLock();

  /** Opens a directory, which is made when it is not there. */
  public DirectoryStore(Path directory) {
    this.directory = directory;
    try {
      Files.createDirectories(directory.resolve(PARTIAL));
    } catch (IOException e) {
      throw failure("directory", directory.toString(), e);
    }
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    try (FileChannel channel = FileChannel.open(path(key), StandardOpenOption.READ)) {
      return Optional.of(ObjectFile.read(key, channel));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw failure("head", key, e);
    }
  }

  @Override
  public InputStream open(ObjectInfo object, long offset, long length) {
    Ranges.check(object, offset, length);
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path(object.key()), StandardOpenOption.READ);
      ObjectInfo present = ObjectFile.read(object.key(), channel);
      if (!present.version().equals(object.version())) {
        throw new PermanentException(FailureKind.CHANGED, "the object \"" + object.key() + "\" was replaced");
      }
      channel.position(offset);
      return new ObjectStream(
          Channels.newInputStream(channel), length, e -> failure("read", object.key(), e), () -> {});
    } catch (IOException | StorageException e) {
      closeQuietly(channel);
      throw failure("open", object.key(), e);
    }
  }

  @Override
  public WriteOutcome put(String key, ObjectBody body, WriteCondition condition) {
    Path target = path(key);
    Path partial = directory.resolve(PARTIAL).resolve(UUID.randomUUID().toString());
    try {
      ObjectInfo object =
          new ObjectInfo(key, body.length(), UUID.randomUUID().toString(), body.checksum(), body.writer());
      write(partial, object, body);
      return moveIntoPlace(partial, target, object, condition);
    } catch (IOException e) {
      throw failure("put", key, e);
    } finally {
      deleteQuietly(partial);
    }
  }

  private static void write(Path partial, ObjectInfo object, ObjectBody body) throws IOException {
    try (FileChannel channel =
            FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        InputStream in = body.open()) {
      byte[] buffer = new byte[BUFFER];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        writeAll(channel, ByteBuffer.wrap(buffer, 0, count));
      }
      if (channel.position() != object.length()) {
        throw new IOException("the body has " + channel.position() + " bytes instead of " + object.length());
      }
      writeAll(channel, ObjectFile.trailer(object));
      channel.force(true);
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private WriteOutcome moveIntoPlace(Path partial, Path target, ObjectInfo object, WriteCondition condition)
      throws IOException {
    writes.lock();
    try (FileChannel lockFile = FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lockFile.lock()) {
      if (!lock.isValid() || !holds(condition, object.key())) {
        return new WriteOutcome.Conflict(object.key());
      }
      Files.createDirectories(target.getParent());
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      sync(target.getParent());
      return new WriteOutcome.Written(object);
    } finally {
      writes.unlock();
    }
  }

  private boolean holds(WriteCondition condition, String key) {
    return switch (condition) {
      case WriteCondition.None none -> true;
      case WriteCondition.Absent absent -> head(key).isEmpty();
      case WriteCondition.Matches matches ->
          head(key).filter(present -> present.version().equals(matches.version())).isPresent();
    };
  }

  /** Syncs the directories from one up to ours: all of them may be new. */
  private void sync(Path parent) throws IOException {
    for (Path each = parent; each.startsWith(directory); each = each.getParent()) {
      try (FileChannel channel = FileChannel.open(each, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  @Override
  public ListPage list(String prefix, String page, int limit) {
    try {
      return new Listing(directory, prefix, page, limit).page();
    } catch (IOException e) {
      throw failure("list", prefix, e);
    }
  }

  @Override
  public Map<String, StorageException> delete(List<String> keys) {
    Map<String, StorageException> failures = new HashMap<>();
    for (String key : keys) {
      try {
        Path file = path(key);
        Files.deleteIfExists(file);
        deleteEmptyDirectories(file.getParent());
      } catch (IOException e) {
        failures.put(key, failure("delete", key, e));
      }
    }
    return failures;
  }

  private void deleteEmptyDirectories(Path from) {
    writes.lock();
    try (FileChannel lockFile = FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lockFile.lock()) {
      for (Path each = from; lock.isValid() && !each.equals(directory); each = each.getParent()) {
        Files.deleteIfExists(each);
      }
    } catch (DirectoryNotEmptyException e) {
      // Other objects are in it.
      return;
    } catch (IOException e) {
      // The object itself is gone; an empty directory holds nothing.
      return;
    } finally {
      writes.unlock();
    }
  }

  @Override
  public void close() {}

  private Path path(String key) {
    ObjectKeys.check(key);
    String[] parts = key.split("/");
    Path path = directory;
    for (int i = 0; i < parts.length - 1; i++) {
      path = path.resolve("d." + parts[i]);
    }
    return path.resolve("o." + parts[parts.length - 1]);
  }

  private static StorageException failure(String operation, String key, Exception e) {
    if (e instanceof StorageException ours) {
      return ours;
    }
    String message = operation + " \"" + key + "\": " + reason(e);
    if (e instanceof ClosedByInterruptException) {
      return new PermanentException(FailureKind.CANCELED, operation + " \"" + key + "\": canceled");
    }
    if (e instanceof NoSuchFileException) {
      return new PermanentException(FailureKind.NOT_FOUND, message);
    }
    if (e instanceof java.nio.file.AccessDeniedException) {
      return new PermanentException(FailureKind.ACCESS_DENIED, message);
    }
    if (e instanceof AtomicMoveNotSupportedException || e instanceof FileAlreadyExistsException) {
      return new PermanentException(FailureKind.LOCAL_IO, message);
    }
    return new RetryableException(FailureKind.UNAVAILABLE, message);
  }

  private static String reason(Exception e) {
    String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // It was open for reading: nothing is lost.
      return;
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // A stale partial file is never read.
      return;
    }
  }
}
