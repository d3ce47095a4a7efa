package tamarack.iceberg;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import tamarack.iceberg.message.MessageReader;
import tamarack.iceberg.message.MessageWriter;
import tamarack.iceberg.type.PostgresType;
import tamarack.iceberg.type.ValueKind;
import tamarack.iceberg.type.Varlena;
import tamarack.tuple.ColumnBatchLayout;
import tamarack.tuple.ColumnKind;
import tamarack.tuple.Memory;
import tamarack.tuple.PredicateForm;

/**
 * Does in a plain JVM what a session does first, so that an AOT cache made from it holds the classes a session needs:
 * writes a small table, scans it with a filter, fetches a row, publishes it twice. Run by {@code make train}, never in
 * a backend.
 */
final class Training {
  private static final int ROWS = 1000;
  private static final int SLOT = 32;

  private static final List<PostgresType> TYPES = List.of(
      PostgresType.scalar(ValueKind.INTEGER, 23, -1, "integer"),
      PostgresType.scalar(ValueKind.STRING, 25, -1, "text"),
      PostgresType.scalar(ValueKind.BIGINT, 20, -1, "bigint"),
      PostgresType.scalar(ValueKind.DOUBLE, 701, -1, "double precision"),
      PostgresType.scalar(ValueKind.BOOLEAN, 16, -1, "boolean"),
      PostgresType.scalar(ValueKind.TIMESTAMPTZ, 1184, -1, "timestamp with time zone"),
      PostgresType.scalar(ValueKind.DATE, 1082, -1, "date"),
      PostgresType.scalar(ValueKind.TEXT_FORM, 3802, -1, "jsonb"),
      PostgresType.scalar(ValueKind.NUMERIC, 1700, (12 << 16 | 2) + 4, "numeric(12,2)"),
      new PostgresType(ValueKind.ARRAY, 1007, -1, "integer[]", -1, 4,
          PostgresType.scalar(ValueKind.INTEGER, 23, -1, "integer"), List.of()));

  private final Path root;
  private final byte[] columns;

  private Training(Path root) {
    this.root = root;
    this.columns = columns(TYPES.size());
  }

  public static void main(String[] arguments) throws Exception {
    loadClasses();
    Path directory = Files.createTempDirectory("tamarack-training");
    try {
      Training training = new Training(directory);
      byte[] file = training.write();
      training.scan(file);
      training.publish(file, training.publish(file, null));
    } finally {
      deleteAll(directory);
    }
  }

  private static void loadClasses() throws Exception {
    Path jar = Path.of(Training.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (JarFile file = new JarFile(jar.toFile())) {
      for (String name : file.stream().map(entry -> entry.getName()).filter(each -> each.endsWith(".class")).toList()) {
        String type = name.substring(0, name.length() - ".class".length()).replace('/', '.');
        Class.forName(type, false, Training.class.getClassLoader());
      }
    }
  }

  // ---- messages, as C writes them

  private static void type(MessageWriter out, PostgresType type) {
    out.u8(type.kind().ordinal()).i32(type.oid()).i32(type.typmod()).string(type.name()).i32(type.length())
        .u8(type.alignment()).u8(type.element() == null ? 0 : 1);
    if (type.element() != null) {
      type(out, type.element());
    }
  }

  private static byte[] columns(int count) {
    MessageWriter out = new MessageWriter().i32(count);
    for (int i = 0; i < count; i++) {
      MessageWriter ask = new MessageWriter();
      type(ask, TYPES.get(i));
      MessageReader mapped = new MessageReader(IcebergTables.mapColumn(ask.string(null).i32(i << 16).message()));
      mapped.u8();
      out.i32(i + 1).string("c" + i).u8(0).string(null);
      type(out, TYPES.get(i));
      out.string(mapped.string()).u8(mapped.u8()).bytes(null);
    }
    return out.message();
  }

  private static void raw(MessageWriter out, byte[] bytes) {
    for (byte each : bytes) {
      out.u8(each);
    }
  }

  // ---- what a session does

  private byte[] write() {
    MessageWriter open = new MessageWriter();
    raw(open, columns);
    open.i32(0);
    IcebergTables.isOption("format-version");
    long writer = IcebergTables.openWriter(open.string(root.toString()).string("training").i32(0).message());
    long values = Memory.allocate((long) TYPES.size() * ROWS * SLOT);
    try {
      fill(IcebergTables.writerBatch(writer), values);
      IcebergTables.write(writer, IcebergTables.writerBatch(writer));
      return IcebergTables.finishWriter(writer);
    } finally {
      IcebergTables.closeWriter(writer);
      Memory.free(values);
    }
  }

  /** Every tenth value is null. */
  private static void fill(long batch, long values) {
    for (int column = 0; column < TYPES.size(); column++) {
      long entry = batch + ColumnBatchLayout.HEADER_SIZE + (long) column * ColumnBatchLayout.COLUMN_SIZE;
      ValueKind kind = TYPES.get(column).kind();
      Memory.putInt(entry + ColumnBatchLayout.NULL_COUNT, ROWS / 10);
      for (int row = 0; row < ROWS; row++) {
        long slot = Memory.getLong(entry + ColumnBatchLayout.VALUES) + (long) row * kind.slotWidth();
        long value = kind.isVarlena() ? values + ((long) column * ROWS + row) * SLOT : slot;
        Memory.putByte(Memory.getLong(entry + ColumnBatchLayout.NULLS) + row, (byte) (row % 10 == 0 ? 1 : 0));
        value(kind, row).accept(value);
        if (kind.isVarlena()) {
          Memory.putLong(slot, value);
        }
      }
    }
    for (int row = 0; row < ROWS; row++) {
      Memory.putLong(Memory.getLong(batch + ColumnBatchLayout.ROW_NUMBERS) + row * 8L, row);
    }
    Memory.putInt(batch + ColumnBatchLayout.ROWS, ROWS);
  }

  /** Puts a value of a kind at an address. */
  private static LongConsumer value(ValueKind kind, int row) {
    return switch (kind) {
      case BOOLEAN -> at -> Memory.putByte(at, (byte) (row & 1));
      case INTEGER, DATE -> at -> Memory.putInt(at, row);
      case DOUBLE -> at -> Memory.putLong(at, Double.doubleToRawLongBits(row / 3.0));
      case NUMERIC -> at -> {
        Varlena.putHeader(at, 4);
        Memory.putShort(at + 4, (short) (0x8000 | 2 << 7));
        Memory.putShort(at + 6, (short) row);
      };
      case ARRAY -> at -> {
        // One dimension without nulls, of integers, one of them, counted from 1.
        int[] words = {1, 0, 23, 1, 1, row};
        Varlena.putHeader(at, words.length * Integer.BYTES);
        for (int i = 0; i < words.length; i++) {
          Memory.putInt(at + Varlena.HEADER + 4L * i, words[i]);
        }
      };
      case STRING, TEXT_FORM -> at -> {
        byte[] text = ("\"row " + row % 50 + '"').getBytes(StandardCharsets.UTF_8);
        Varlena.putHeader(at, text.length);
        Memory.put(text, at + Varlena.HEADER);
      };
      default -> at -> Memory.putLong(at, row);
    };
  }

  private void scan(byte[] written) {
    MessageReader file = new MessageReader(written);
    file.i32();
    MessageWriter open = new MessageWriter();
    raw(open, columns);
    raw(open, columns);
    // c0 >= 10
    open.u8(1).u8(PredicateForm.GREATER_OR_EQUAL).i32(1).u8(0).u8(ColumnKind.INTEGER).i32(4).u8(10).u8(0).u8(0).u8(0);
    open.string(null).i32(1).string(root + "/" + file.string()).i64(file.i64()).i64(file.i64()).i64(file.i64())
        .i64(file.i64()).u8(file.u8()).bytes(file.bytes()).i64(0).i32(0);
    long scan = IcebergTables.openScan(open.message());
    while (IcebergTables.nextBatch(scan) != 0) {
      Thread.onSpinWait();
    }
    IcebergTables.fetchRow(scan, ROWS / 2);
    IcebergTables.fetchedBatch(scan);
    IcebergTables.rewindScan(scan);
    IcebergTables.closeScan(scan);
  }

  /** The metadata file's path. */
  private String publish(byte[] written, String previous) {
    MessageReader file = new MessageReader(written);
    file.i32();
    MessageWriter out = new MessageWriter().string("11111111-2222-3333-4444-555555555555").string(root.toString())
        .string(root.toString());
    raw(out, columns);
    out.i32(TYPES.size() << 16).i32(0).string(previous).i64(System.currentTimeMillis()).i32(1).string(file.string())
        .i64(file.i64());
    file.i64();
    file.i64();
    file.i64();
    file.u8();
    long deleted = Memory.allocate(Long.BYTES);
    try {
      Memory.putLong(deleted, 1);
      out.bytes(file.bytes()).i64(deleted).i32(previous == null ? 0 : 1);
      return new MessageReader(IcebergTables.publish(out.message())).string();
    } finally {
      Memory.free(deleted);
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
