package tamarack.iceberg.io;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;

/**
 * Iceberg's files of one table on the local file system. Metadata names files by where other engines find them (the
 * published root); here they lie under the local root, which may be another directory. Iceberg's own threads may use
 * it.
 */
public final class LocalFileIO implements FileIO {
  private static final long serialVersionUID = 1L;

  private final String publishedRoot;
  private final String localRoot;
  private final transient Collection<String> created = new ConcurrentLinkedQueue<>();

  /** Both without a slash at the end. */
  public LocalFileIO(String publishedRoot, String localRoot) {
    this.publishedRoot = publishedRoot;
    this.localRoot = localRoot;
  }

  /** The path of a file in metadata, from its path relative to the table's root. */
  public String published(String relative) {
    return publishedRoot + "/" + relative;
  }

  /** Relative to the table's root; a path outside it stays as it is. */
  public String relative(String published) {
    return published.startsWith(publishedRoot + "/") ? published.substring(publishedRoot.length() + 1) : published;
  }

  /** Where a published file lies here. */
  public String local(String published) {
    if (published.startsWith(publishedRoot + "/")) {
      return localRoot + published.substring(publishedRoot.length());
    }
    return published.startsWith("file:") ? Path.of(java.net.URI.create(published)).toString() : published;
  }

  @Override
  public InputFile newInputFile(String path) {
    return new PublishedInput(path);
  }

  @Override
  public OutputFile newOutputFile(String path) {
    return new PublishedOutput(path);
  }

  @Override
  public void deleteFile(String path) {
    created.remove(path);
    new File(local(path)).delete();
  }

  /** Published paths of what was written through here. */
  public Collection<String> created() {
    return created;
  }

  /** Removes what was written through here, after a failure. */
  public void removeCreated() {
    created.forEach(path -> new File(local(path)).delete());
    created.clear();
  }

  private Path file(String published) {
    return Path.of(local(published));
  }

  /** A file under its published name, as manifests record it. */
  private final class PublishedInput implements InputFile {
    private final String location;

    PublishedInput(String location) {
      this.location = location;
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public long getLength() {
      return file(location).toFile().length();
    }

    @Override
    public SeekableInputStream newStream() {
      try {
        return new LocalStreams.Input(file(location));
      } catch (NoSuchFileException e) {
        throw new NotFoundException(e, "File does not exist: %s", local(location));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean exists() {
      return file(location).toFile().exists();
    }
  }

  private final class PublishedOutput implements OutputFile {
    private final String location;

    PublishedOutput(String location) {
      this.location = location;
    }

    @Override
    public PositionOutputStream create() {
      return createOrOverwrite();
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
      created.add(location);
      try {
        Files.createDirectories(file(location).getParent());
        return new LocalStreams.Output(file(location));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public InputFile toInputFile() {
      return newInputFile(location);
    }
  }
}
