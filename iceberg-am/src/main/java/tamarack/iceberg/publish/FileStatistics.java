package tamarack.iceberg.publish;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;

/**
 * What a data file's row in PostgreSQL's table keeps as one bytea, for pruning and for the manifests: counts, sizes and
 * bounds of its columns, where its row groups start, its partition.
 *
 * @param specId of the partition spec it was written with
 * @param partition its partition's values in Iceberg's single-value form; null for null
 */
public record FileStatistics(Metrics metrics, List<Long> splitOffsets, int specId, List<byte[]> partition) {
  private static final int VERSION = 1;

  /** The partition's values in the form of Iceberg's library turned into bytes. */
  public static List<byte[]> partitionBytes(PartitionSpec spec, List<Object> values) {
    List<byte[]> partition = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      Type type = spec.partitionType().fields().get(i).type();
      partition.add(values.get(i) == null ? null : bytes(Conversions.toByteBuffer(type, values.get(i))));
    }
    return partition;
  }

  /** The partition's values in the form of Iceberg's library. */
  public List<Object> partitionValues(PartitionSpec spec) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < partition.size(); i++) {
      Type type = spec.partitionType().fields().get(i).type();
      byte[] bytes = partition.get(i);
      values.add(bytes == null ? null : Conversions.fromByteBuffer(type, ByteBuffer.wrap(bytes)));
    }
    return values;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  /** The form that PostgreSQL keeps. */
  public byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(metrics.recordCount());
      writeCounts(out, metrics.columnSizes());
      writeCounts(out, metrics.valueCounts());
      writeCounts(out, metrics.nullValueCounts());
      writeCounts(out, metrics.nanValueCounts());
      writeBounds(out, metrics.lowerBounds());
      writeBounds(out, metrics.upperBounds());
      out.writeInt(splitOffsets.size());
      for (long offset : splitOffsets) {
        out.writeLong(offset);
      }
      out.writeInt(specId);
      out.writeInt(partition.size());
      for (byte[] value : partition) {
        writeBytes(out, value);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void writeCounts(DataOutputStream out, Map<Integer, Long> counts) throws IOException {
    out.writeInt(counts == null ? 0 : counts.size());
    if (counts != null) {
      for (Map.Entry<Integer, Long> each : counts.entrySet()) {
        out.writeInt(each.getKey());
        out.writeLong(each.getValue());
      }
    }
  }

  private static void writeBounds(DataOutputStream out, Map<Integer, ByteBuffer> bounds) throws IOException {
    out.writeInt(bounds == null ? 0 : bounds.size());
    if (bounds != null) {
      for (Map.Entry<Integer, ByteBuffer> each : bounds.entrySet()) {
        out.writeInt(each.getKey());
        writeBytes(out, bytes(each.getValue()));
      }
    }
  }

  private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      out.write(bytes);
    }
  }

  /** The inverse of {@link #encode}. */
  public static FileStatistics decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readByte() != VERSION) {
        throw new IllegalArgumentException("file statistics of an unknown version");
      }
      Metrics metrics = new Metrics(
          in.readLong(), readCounts(in), readCounts(in), readCounts(in), readCounts(in), readBounds(in),
          readBounds(in));
      List<Long> offsets = new ArrayList<>();
      for (int count = in.readInt(); count > 0; count--) {
        offsets.add(in.readLong());
      }
      int specId = in.readInt();
      List<byte[]> partition = new ArrayList<>();
      for (int count = in.readInt(); count > 0; count--) {
        partition.add(readBytes(in));
      }
      return new FileStatistics(metrics, offsets, specId, partition);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<Integer, Long> readCounts(DataInputStream in) throws IOException {
    Map<Integer, Long> counts = new HashMap<>();
    for (int count = in.readInt(); count > 0; count--) {
      counts.put(in.readInt(), in.readLong());
    }
    return counts;
  }

  private static Map<Integer, ByteBuffer> readBounds(DataInputStream in) throws IOException {
    Map<Integer, ByteBuffer> bounds = new HashMap<>();
    for (int count = in.readInt(); count > 0; count--) {
      bounds.put(in.readInt(), ByteBuffer.wrap(readBytes(in)));
    }
    return bounds;
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length < 0 ? null : in.readNBytes(length);
  }
}
