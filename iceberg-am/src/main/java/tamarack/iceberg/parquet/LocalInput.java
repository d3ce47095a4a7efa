package tamarack.iceberg.parquet;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/** A Parquet file on a local file system, for reading. */
final class LocalInput implements InputFile {
  private final String path;
  private final long length;

  /** @param length bytes of the file as recorded when it was written */
  LocalInput(String path, long length) {
    this.path = path;
    this.length = length;
  }

  @Override
  public long getLength() {
    return length;
  }

  @Override
  public SeekableInputStream newStream() throws IOException {
    RandomAccessFile file = new RandomAccessFile(path, "r");
    if (file.length() != length) {
      String sizes = "The file has " + file.length() + " bytes, " + length + " were written.";
      file.close();
      throw new EOFException(sizes);
    }
    return new Stream(file);
  }

  @Override
  public String toString() {
    return path;
  }

  private static final class Stream extends DelegatingSeekableInputStream {
    private final RandomAccessFile file;

    Stream(RandomAccessFile file) {
      super(new FileBytes(file));
      this.file = file;
    }

    @Override
    public long getPos() throws IOException {
      return file.getFilePointer();
    }

    @Override
    public void seek(long position) throws IOException {
      file.seek(position);
    }
  }

  /** Reads where the file's pointer stands. */
  private static final class FileBytes extends java.io.InputStream {
    private final RandomAccessFile file;

    FileBytes(RandomAccessFile file) {
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      return file.read();
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
      return file.read(target, offset, count);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
