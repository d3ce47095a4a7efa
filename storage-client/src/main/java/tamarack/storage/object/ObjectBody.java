package tamarack.storage.object;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The bytes of an object to write. They can be read any number of times, so that a write can be tried again. A body is
 * one logical write: its writer token goes with the object, and tells after a lost answer whose object is there.
 */
public final class ObjectBody {
  private final byte[] bytes;
  private final Path file;
  private final long length;
  private final long checksum;
  private final String writer;

  private ObjectBody(byte[] bytes, Path file, long length, long checksum, String writer) {
    this.bytes = bytes;
    this.file = file;
    this.length = length;
    this.checksum = checksum;
    this.writer = writer;
  }

  /** A body in memory, under a new writer token. The array must not change any more. */
  public static ObjectBody of(byte[] bytes) {
    return new ObjectBody(bytes, null, bytes.length, Checksum.of(bytes, 0, bytes.length), newWriter());
  }

  /** A body in a file that stays as it is, under a new writer token. */
  public static ObjectBody of(Path file) throws IOException {
    long length = java.nio.file.Files.size(file);
    return new ObjectBody(null, file, length, Checksum.of(file, 0, length), newWriter());
  }

  /** The same bytes under a given writer token: a write that goes on in another process. */
  public ObjectBody withWriter(String writer) {
    return new ObjectBody(bytes, file, length, checksum, writer);
  }

  /** A token that no other write has. */
  public static String newWriter() {
    return UUID.randomUUID().toString();
  }

  /** In bytes. */
  public long length() {
    return length;
  }

  /** CRC32C of all bytes, unsigned. */
  public long checksum() {
    return checksum;
  }

  /** Names this write among all writes of the world. */
  public String writer() {
    return writer;
  }

  /** Opens a part of the bytes; the caller closes it. */
  public InputStream open(long offset, long count) {
    if (bytes != null) {
      return new ByteArrayInputStream(bytes, Math.toIntExact(offset), Math.toIntExact(count));
    }
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      channel.position(offset);
      return new LimitedStream(Channels.newInputStream(channel), count);
    } catch (IOException e) {
      throw new PermanentException(FailureKind.LOCAL_IO, "cannot read \"" + file + "\": " + e.getMessage());
    }
  }

  /** Opens all bytes; the caller closes it. */
  public InputStream open() {
    return open(0, length);
  }

  /** CRC32C of a part of the bytes, unsigned. */
  public long checksum(long offset, long count) {
    if (bytes != null) {
      return Checksum.of(bytes, Math.toIntExact(offset), Math.toIntExact(count));
    }
    try {
      return Checksum.of(file, offset, count);
    } catch (IOException e) {
      throw new PermanentException(FailureKind.LOCAL_IO, "cannot read \"" + file + "\": " + e.getMessage());
    }
  }
}
