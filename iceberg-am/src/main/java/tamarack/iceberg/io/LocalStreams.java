package tamarack.iceberg.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;

/**
 * Streams over metadata files and manifests. These are small and read and written in tiny pieces: a file is read as a
 * whole, and written through a buffer.
 */
final class LocalStreams {
  private static final int BUFFER = 64 * 1024;

  private LocalStreams() {}

  /** A file's bytes. */
  static final class Input extends SeekableInputStream {
    private final byte[] bytes;
    private int next;

    Input(Path file) throws IOException {
      bytes = Files.readAllBytes(file);
    }

    @Override
    public long getPos() {
      return next;
    }

    @Override
    public void seek(long position) throws IOException {
      if (position < 0 || position > bytes.length) {
        throw new IOException("position " + position + " of " + bytes.length + " bytes");
      }
      next = (int) position;
    }

    @Override
    public int read() {
      return next < bytes.length ? bytes[next++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int count) {
      if (next == bytes.length) {
        return count == 0 ? 0 : -1;
      }
      int read = Math.min(count, bytes.length - next);
      System.arraycopy(bytes, next, target, offset, read);
      next += read;
      return read;
    }

    @Override
    public int available() {
      return bytes.length - next;
    }
  }

  /** A new file. */
  static final class Output extends PositionOutputStream {
    private final OutputStream out;
    private long position;

    Output(Path file) throws IOException {
      out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public long storedLength() {
      return position;
    }

    @Override
    public void write(int value) throws IOException {
      out.write(value);
      position++;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      out.write(bytes, offset, count);
      position += count;
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
