package tamarack.iceberg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tamarack.backend.TamarackException;
import tamarack.iceberg.message.MessageReader;
import tamarack.iceberg.message.MessageWriter;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;
import tamarack.tuple.Memory;
import tamarack.tuple.PredicateForm;

/** The calls from C, with messages as C writes them. */
class IcebergTablesTest {
  private static final List<TableColumn> COLUMNS = List.of(
      Values.column(1, "id", Values.type(ValueKind.INTEGER, "integer")),
      Values.column(2, "payload", Values.type(ValueKind.STRING, "text")),
      Values.column(3, "state", Values.type(ValueKind.TEXT_FORM, "mood")));

  @TempDir
  Path root;

  private long deleted;

  /** A file as the writer reported it. */
  private record File(
      String path, long bytes, long rows, long first, long last, boolean contiguous, byte[] statistics) {}

  @BeforeEach
  void allocate() {
    deleted = Memory.allocate(64);
  }

  @AfterEach
  void nothingStaysOpen() {
    Memory.free(deleted);
    assertEquals(0, IcebergTables.closeAll());
  }

  private List<File> write(int from, int to, Map<String, String> options) {
    MessageWriter open = new MessageWriter();
    Messages.columns(open, COLUMNS);
    Messages.options(open, options);
    open.string(root.toString()).string("16384-1-" + from).i32(0);
    long writer = IcebergTables.openWriter(open.message());
    try (TestBatch batch = new TestBatch(COLUMNS, 1000)) {
      for (int next = from; next < to; next += 1000) {
        List<Object[]> rows = new ArrayList<>();
        for (int i = next; i < Math.min(to, next + 1000); i++) {
          rows.add(row(i));
        }
        IcebergTables.write(writer, batch.fill(rows, next).address());
      }
      return files(IcebergTables.finishWriter(writer));
    } finally {
      IcebergTables.closeWriter(writer);
      IcebergTables.closeWriter(writer);
    }
  }

  private static Object[] row(int i) {
    return new Object[] {i, i % 10 == 3 ? null : Values.text("row " + i), Values.text(i % 2 == 0 ? "happy" : "sad")};
  }

  private static List<File> files(byte[] message) {
    MessageReader in = new MessageReader(message);
    List<File> files = new ArrayList<>();
    for (int count = in.i32(); count > 0; count--) {
      files.add(new File(in.string(), in.i64(), in.i64(), in.i64(), in.i64(), in.flag(), in.bytes()));
    }
    return files;
  }

  private long openScan(List<File> files, byte[] filter, int deletedCount) {
    MessageWriter open = new MessageWriter();
    Messages.columns(open, COLUMNS);
    Messages.columns(open, COLUMNS);
    open.u8(filter == null ? 0 : 1);
    if (filter != null) {
      for (byte each : filter) {
        open.u8(each);
      }
    }
    open.string(null).i32(files.size());
    for (File file : files) {
      open.string(root.resolve(file.path).toString()).i64(file.bytes).i64(file.rows).i64(file.first).i64(file.last)
          .u8(file.contiguous ? 1 : 0).bytes(file.statistics).i64(deleted).i32(deletedCount);
    }
    return IcebergTables.openScan(open.message());
  }

  private static List<String> rest(long scan) {
    List<String> rows = new ArrayList<>();
    for (long batch = IcebergTables.nextBatch(scan); batch != 0; batch = IcebergTables.nextBatch(scan)) {
      rows.addAll(TestBatch.read(batch, COLUMNS));
    }
    return rows;
  }

  private static List<String> expected(int from, int to) {
    List<String> rows = new ArrayList<>();
    for (int i = from; i < to; i++) {
      rows.add(TestBatch.expected(i, row(i), COLUMNS));
    }
    return rows;
  }

  @Test
  void writeScanAndRewind() {
    List<File> files = new ArrayList<>(write(0, 5000, Map.of()));
    files.addAll(write(5000, 6000, Map.of("write.parquet.compression-codec", "snappy")));
    long scan = openScan(files, null, 0);
    assertEquals(expected(0, 6000), rest(scan));
    IcebergTables.rewindScan(scan);
    assertEquals(6000, rest(scan).size());
    IcebergTables.closeScan(scan);
    IcebergTables.closeScan(scan);
    assertThrows(TamarackException.class, () -> IcebergTables.nextBatch(scan));
  }

  @Test
  void noRowsMakeNoFile() {
    assertEquals(List.of(), write(0, 0, Map.of()));
    MessageWriter open = new MessageWriter();
    Messages.columns(open, COLUMNS);
    Messages.options(open, Map.of());
    long writer = IcebergTables.openWriter(open.string(root.toString()).string("empty").i32(0).message());
    IcebergTables.write(writer, IcebergTables.writerBatch(writer));
    assertEquals(List.of(), files(IcebergTables.finishWriter(writer)));
    IcebergTables.closeWriter(writer);
  }

  @Test
  void anAbortedLoadLeavesNoFile() throws Exception {
    MessageWriter open = new MessageWriter();
    Messages.columns(open, COLUMNS);
    Messages.options(
        open, Map.of("write.target-file-size-bytes", "65536", "write.parquet.row-group-size-bytes", "65536"));
    long writer = IcebergTables.openWriter(open.string(root.toString()).string("aborted").i32(0).message());
    try (TestBatch batch = new TestBatch(COLUMNS, 1000)) {
      List<Object[]> rows = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        rows.add(row(i));
      }
      for (int i = 0; i < 200; i++) {
        IcebergTables.write(writer, batch.fill(rows, i * 1000L).address());
      }
    }
    assertTrue(root.resolve("data").toFile().list().length > 1, "several files before the abort");
    assertEquals(1, IcebergTables.closeAll());
    assertEquals(0, root.resolve("data").toFile().list().length);
  }

  private static byte[] idEquals(int value) {
    return ByteBuffer.allocate(15).put((byte) PredicateForm.EQUAL).putInt(1).put((byte) 0)
        .put((byte) ValueKind.INTEGER.ordinal()).putInt(4).putInt(Integer.reverseBytes(value)).array();
  }

  @Test
  void filtersPruneFiles() {
    List<File> files = new ArrayList<>(write(0, 1000, Map.of()));
    files.addAll(write(1000, 2000, Map.of()));
    long scan = openScan(files, idEquals(1500), 0);
    assertEquals(expected(1000, 2000), rest(scan));
    long counters = Memory.allocate(48);
    IcebergTables.scanCounters(scan, counters);
    assertEquals(1, Memory.getLong(counters), "read");
    assertEquals(1, Memory.getLong(counters + 8), "pruned");
    assertEquals(1000, Memory.getLong(counters + 40), "rows");
    Memory.free(counters);
    IcebergTables.closeScan(scan);
    MessageWriter prune = new MessageWriter();
    Messages.columns(prune, COLUMNS);
    prune.u8(1);
    for (byte each : idEquals(7)) {
      prune.u8(each);
    }
    prune.i32(2).bytes(files.get(0).statistics).bytes(files.get(1).statistics);
    assertEquals("[1, 0]", java.util.Arrays.toString(IcebergTables.pruneFiles(prune.message())));
  }

  @Test
  void rowsAreFetchedByNumberInAnyOrder() {
    Map<String, String> small =
        Map.of("write.parquet.row-group-size-bytes", "65536", "write.parquet.page-size-bytes", "1024");
    List<File> files = new ArrayList<>(write(0, 30_000, small));
    files.addAll(write(40_000, 41_000, small));
    Memory.putLong(deleted, 17);
    long scan = openScan(files, idEquals(-5), 1);
    for (int i : new int[] {0, 29_999, 17, 18, 12_345, 12_344, 40_500, 3, 511, 512, 40_000, 40_999}) {
      int index = IcebergTables.fetchRow(scan, i);
      assertTrue(index >= 0, "row " + i);
      assertEquals(expected(i, i + 1).getFirst(), TestBatch.read(IcebergTables.fetchedBatch(scan), COLUMNS).get(index));
    }
    for (int i : new int[] {-1, 30_000, 39_999, 41_000}) {
      assertEquals(-1, IcebergTables.fetchRow(scan, i));
    }
    IcebergTables.closeScan(scan);
  }

  @Test
  void rowsOutOfOrderAreFetchedToo() {
    List<File> files = write(0, 3000, Map.of("partitioning", "bucket(4, id)"));
    assertEquals(4, files.size());
    assertTrue(files.stream().noneMatch(File::contiguous));
    long scan = openScan(files, null, 0);
    for (int i = 0; i < 3000; i += 7) {
      int index = IcebergTables.fetchRow(scan, i);
      assertEquals(expected(i, i + 1).getFirst(), TestBatch.read(IcebergTables.fetchedBatch(scan), COLUMNS).get(index));
    }
    assertEquals(3000, rest(scan).size());
    IcebergTables.closeScan(scan);
  }

  @Test
  void publishAndPublishAgain() {
    File file = write(0, 100, Map.of()).getFirst();
    Memory.putLong(deleted, 5);
    MessageReader first = new MessageReader(IcebergTables.publish(publication(file, null, 0)));
    String metadata = first.string();
    assertTrue(Files.exists(root.resolve(metadata)), metadata);
    assertTrue(first.i64() > 0);
    assertTrue(first.i32() >= 3, "manifest, list and metadata file");
    MessageReader second = new MessageReader(IcebergTables.publish(publication(file, metadata, 1)));
    assertTrue(Files.exists(root.resolve(second.string())));
    var published = tamarack.iceberg.publish.MetadataFiles.read(
        new tamarack.iceberg.io.LocalFileIO(root.toString(), root.toString()), metadata);
    assertEquals("mood", published.properties().get("tamarack.postgres-type.3"));
    assertNull(published.properties().get("tamarack.postgres-type.1"));
    assertEquals("snappy", published.properties().get("write.parquet.compression-codec"));
  }

  private byte[] publication(File file, String previous, int deletedCount) {
    MessageWriter out = new MessageWriter();
    out.string("11111111-2222-3333-4444-555555555555").string(root.toString()).string(root.toString());
    Messages.columns(out, COLUMNS);
    out.i32(3);
    Messages.options(out, Map.of("format-version", "2", "write.parquet.compression-codec", "snappy"));
    out.string(previous).i64(System.currentTimeMillis()).i32(1);
    out.string(file.path).i64(file.bytes).bytes(file.statistics).i64(deleted).i32(deletedCount);
    return out.message();
  }

  @Test
  void typesAreMapped() {
    MessageWriter out = new MessageWriter();
    Messages.type(out, Values.numeric(12, 3));
    MessageReader mapped = new MessageReader(IcebergTables.mapColumn(out.string(null).i32(7).message()));
    assertEquals(ValueKind.NUMERIC.ordinal(), mapped.u8());
    assertEquals("decimal(12, 3)", mapped.string());
    assertEquals(1, mapped.u8());
    assertEquals(7, mapped.i32());
  }

  @Test
  void tablesAreChecked() {
    MessageWriter out = new MessageWriter();
    Messages.columns(out, COLUMNS);
    Messages.options(out, Map.of("partitioning", "day(id)"));
    assertEquals("22023", assertThrows(
        TamarackException.class, () -> IcebergTables.checkTable(out.message())).sqlState());
    assertThrows(TamarackException.class, () -> IcebergTables.checkOption("no.such", "1"));
    assertTrue(IcebergTables.isOption("format-version"));
  }

  private TamarackException failingScan(File file) {
    long scan = openScan(List.of(file), null, 0);
    try {
      return assertThrows(TamarackException.class, () -> rest(scan));
    } finally {
      IcebergTables.closeScan(scan);
    }
  }

  @Test
  void damagedFilesAreNamed() throws Exception {
    File file = write(0, 5000, Map.of()).getFirst();
    Path path = root.resolve(file.path);
    byte[] whole = Files.readAllBytes(path);
    for (int at = 4; at < whole.length; at += 97) {
      byte[] altered = whole.clone();
      altered[at] ^= 0x55;
      Files.write(path, altered);
      long scan = openScan(List.of(file), null, 0);
      try {
        assertEquals(expected(0, 5000), rest(scan), "an altered byte that does not matter");
      } catch (TamarackException e) {
        assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
      } finally {
        IcebergTables.closeScan(scan);
      }
    }
    try (RandomAccessFile cut = new RandomAccessFile(path.toFile(), "rw")) {
      cut.setLength(whole.length / 2);
    }
    assertEquals("XX001", failingScan(file).sqlState());
    Files.delete(path);
    TamarackException missing = failingScan(file);
    assertEquals("58P01", missing.sqlState());
    assertNotNull(missing.hint());
  }
}
