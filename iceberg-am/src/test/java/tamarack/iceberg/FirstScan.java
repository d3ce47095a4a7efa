package tamarack.iceberg;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tamarack.iceberg.message.MessageReader;
import tamarack.iceberg.message.MessageWriter;
import tamarack.iceberg.type.TableColumn;
import tamarack.iceberg.type.ValueKind;

/**
 * No test: what a new session's first scan, first write and first publication cost. Arguments: {@code prepare} or
 * {@code measure}, and a directory.
 */
public final class FirstScan {
  private static final List<TableColumn> COLUMNS = List.of(
      Values.column(1, "id", Values.type(ValueKind.INTEGER, "integer")),
      Values.column(2, "payload", Values.type(ValueKind.STRING, "text")));

  private FirstScan() {}

  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[1]);
    Path description = root.resolve("file.message");
    if (arguments[0].equals("prepare")) {
      Files.createDirectories(root);
      Files.write(description, write(root, "first"));
      return;
    }
    byte[] file = Files.readAllBytes(description);
    long start = System.nanoTime();
    scan(root, file);
    long scanned = System.nanoTime();
    scan(root, file);
    long again = System.nanoTime();
    byte[] written = write(root, "more" + start);
    long wrote = System.nanoTime();
    publish(root, written);
    long published = System.nanoTime();
    System.out.printf("first scan %.1f ms, second %.1f ms, first write %.1f ms, first publication %.1f ms%n",
        (scanned - start) / 1e6, (again - scanned) / 1e6, (wrote - again) / 1e6, (published - wrote) / 1e6);
  }

  private static byte[] write(Path root, String prefix) {
    MessageWriter open = new MessageWriter();
    Messages.columns(open, COLUMNS);
    Messages.options(open, Map.of());
    long writer = IcebergTables.openWriter(open.string(root.toString()).string(prefix).i32(0).message());
    List<Object[]> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      rows.add(new Object[] {i, Values.text("row " + i)});
    }
    try (TestBatch batch = new TestBatch(COLUMNS, 100)) {
      IcebergTables.write(writer, batch.fill(rows, 0).address());
      return IcebergTables.finishWriter(writer);
    } finally {
      IcebergTables.closeWriter(writer);
    }
  }

  private static void scan(Path root, byte[] file) {
    MessageReader in = new MessageReader(file);
    in.i32();
    MessageWriter open = new MessageWriter();
    Messages.columns(open, COLUMNS);
    open.i32(0).u8(0).string(null).i32(1).string(root + "/" + in.string()).i64(in.i64()).i64(in.i64()).i64(in.i64())
        .i64(in.i64()).u8(in.u8()).bytes(in.bytes()).i64(0).i32(0);
    long scan = IcebergTables.openScan(open.message());
    while (IcebergTables.nextBatch(scan) != 0) {
      Thread.onSpinWait();
    }
    IcebergTables.closeScan(scan);
  }

  private static void publish(Path root, byte[] file) {
    MessageReader in = new MessageReader(file);
    in.i32();
    String path = in.string();
    long bytes = in.i64();
    for (int i = 0; i < 3; i++) {
      in.i64();
    }
    in.u8();
    MessageWriter out = new MessageWriter().string("11111111-2222-3333-4444-555555555555").string(root.toString())
        .string(root.toString());
    Messages.columns(out, COLUMNS);
    out.i32(2);
    Messages.options(out, Map.of());
    out.string(null).i64(System.currentTimeMillis()).i32(1).string(path).i64(bytes).bytes(in.bytes()).i64(0).i32(0);
    IcebergTables.publish(out.message());
  }
}
