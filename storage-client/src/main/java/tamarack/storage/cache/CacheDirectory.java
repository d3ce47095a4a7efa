package tamarack.storage.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/**
 * The files of a cache: "blocks" with 256 directories of block files, "partial" for what is being written, "lock" that
 * keeps a second process out. What is cached is what is in "blocks": there is no index that could be wrong.
 */
final class CacheDirectory implements AutoCloseable {
  /** A block that an earlier process left. */
  record Found(BlockId id, int length, long modified) {}

  private final Path blocks;
  private final Path partial;
  private final FileChannel lockFile;

  /** Opens a directory, made when it is not there; fails with CONFIGURATION when another process has it. */
  CacheDirectory(Path directory) {
    this.blocks = directory.resolve("blocks");
    this.partial = directory.resolve("partial");
    try {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
      this.lockFile = lock(directory);
      Files.createDirectories(blocks);
      Files.createDirectories(partial);
      for (Path left : list(partial)) {
        Files.deleteIfExists(left);
      }
      for (int i = 0; i < 256; i++) {
        Files.createDirectories(blocks.resolve(String.format("%02x", i)));
      }
    } catch (IOException e) {
      throw new PermanentException(FailureKind.CONFIGURATION,
          "cannot use the cache directory \"" + directory + "\": " + e.getMessage());
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel file =
        FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = file.tryLock();
      if (lock != null) {
        return file;
      }
    } catch (OverlappingFileLockException e) {
      file.close();
      throw new IOException("this process uses it already", e);
    }
    file.close();
    throw new IOException("another process uses it");
  }

  Path file(BlockId id) {
    return blocks.resolve(id.directoryName()).resolve(id.fileName());
  }

  Path newPartial() {
    return partial.resolve(UUID.randomUUID().toString());
  }

  /** The blocks that are there, the oldest first. Anything else is deleted. */
  List<Found> scan() throws IOException {
    List<Found> found = new ArrayList<>();
    for (Path directory : list(blocks)) {
      for (Path file : list(directory)) {
        BasicFileAttributes attributes =
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        Optional<BlockId> id = BlockId.parse(file.getFileName().toString());
        long length = attributes.size() - BlockFile.FOOTER;
        boolean usable = attributes.isRegularFile() && length >= 0 && length <= Integer.MAX_VALUE
            && id.filter(block -> file(block).equals(file)).isPresent();
        if (usable) {
          found.add(new Found(id.get(), (int) length, attributes.lastModifiedTime().toMillis()));
        } else if (attributes.isRegularFile()) {
          Files.deleteIfExists(file);
        }
      }
    }
    found.sort(Comparator.comparingLong(Found::modified));
    return found;
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    }
  }

  /** Deletes a file if it is there; what cannot be deleted stays and is found at the next start. */
  static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return;
    }
  }

  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new PermanentException(FailureKind.LOCAL_IO, "cannot release the cache directory: " + e.getMessage());
    }
  }
}
