package tamarack.storage.service;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import tamarack.storage.object.Checksum;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/**
 * A file of records that are on disk when {@link #append} returns. Each has its length and its CRC32C in front; what
 * follows the last whole record is what a crash left of one that nobody was told of, and is cut off.
 */
final class Journal implements AutoCloseable {
  private static final int HEADER = 8;
  private static final int MOST_RECORD = 16 << 20;

  /** Writes the fields of a record. */
  interface Record {
    void write(DataOutputStream out) throws IOException;
  }

  /** Takes a record when the journal is opened. */
  interface Reader {
    void read(DataInputStream in) throws IOException;
  }

  private final Path path;
  /** Not a channel: an interrupt of a thread that writes would close it for good. */
  private RandomAccessFile file;
  private long records;

  /** Opens a journal, made when it is not there, and hands its records over, the oldest first. */
  Journal(Path path, Reader reader) {
    this.path = path;
    try {
      file = new RandomAccessFile(path.toFile(), "rw");
      long end = replay(reader);
      if (end < file.length()) {
        file.setLength(end);
        file.getFD().sync();
      }
      file.seek(end);
      syncDirectory();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private long replay(Reader reader) throws IOException {
    long position = 0;
    while (true) {
      ByteBuffer header = readFully(position, HEADER);
      if (header == null) {
        return position;
      }
      int length = header.getInt();
      // No record is empty: zeros are what a file system may leave after a crash, and have a right checksum.
      if (length <= 0 || length > MOST_RECORD) {
        return position;
      }
      ByteBuffer record = readFully(position + HEADER, length);
      if (record == null || (int) Checksum.of(record) != header.getInt()) {
        return position;
      }
      reader.read(new DataInputStream(new ByteArrayInputStream(record.array())));
      records++;
      position += HEADER + length;
    }
  }

  private ByteBuffer readFully(long position, int length) throws IOException {
    if (length > file.length() - position) {
      return null;
    }
    byte[] bytes = new byte[length];
    file.seek(position);
    file.readFully(bytes);
    return ByteBuffer.wrap(bytes);
  }

  /** Appends records and syncs them. When it fails, none of them counts. */
  synchronized void append(List<Record> appended) {
    long start = -1;
    try {
      start = file.getFilePointer();
      write(file, appended);
      file.getFD().sync();
      records += appended.size();
    } catch (IOException e) {
      cutOff(start);
      throw failure(e);
    }
  }

  private void cutOff(long start) {
    try {
      if (start >= 0) {
        file.setLength(start);
        file.seek(start);
        file.getFD().sync();
      }
    } catch (IOException e) {
      // The disk is failing: the next append fails too, or cuts it off by its own checksum at the next start.
      return;
    }
  }

  private static void write(RandomAccessFile to, List<Record> written) throws IOException {
    for (Record record : written) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      record.write(new DataOutputStream(bytes));
      byte[] payload = bytes.toByteArray();
      ByteBuffer whole = ByteBuffer.allocate(HEADER + payload.length);
      whole.putInt(payload.length).putInt((int) Checksum.of(payload, 0, payload.length)).put(payload);
      to.write(whole.array());
    }
  }

  /** Replaces all records by these, as a whole or not at all. */
  synchronized void rewrite(List<Record> kept) {
    Path next = path.resolveSibling(path.getFileName() + ".new");
    try {
      Files.deleteIfExists(next);
      RandomAccessFile written = new RandomAccessFile(next.toFile(), "rw");
      try {
        write(written, kept);
        written.getFD().sync();
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        written.close();
        throw e;
      }
      syncDirectory();
      file.close();
      file = written;
      records = kept.size();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Records in the file. */
  synchronized long records() {
    return records;
  }

  private void syncDirectory() throws IOException {
    try (FileChannel directory = FileChannel.open(path.getParent(), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private PermanentException failure(IOException e) {
    return new PermanentException(FailureKind.LOCAL_IO, "journal \"" + path + "\": " + e.getMessage());
  }

  @Override
  public synchronized void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw failure(e);
    }
  }
}
