package tamarack.iceberg.parquet;

import java.nio.ByteBuffer;
import org.apache.parquet.column.values.ValuesReader;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** Pages in any other encoding (differences, split streams), by Parquet's own readers, one value at a time. */
final class OtherValues implements PageValues {
  private final ValuesReader reader;
  private final PrimitiveTypeName physical;
  private final Sink sink;

  OtherValues(ValuesReader reader, PrimitiveTypeName physical, Sink sink) {
    this.reader = reader;
    this.physical = physical;
    this.sink = sink;
  }

  @Override
  public void read(int count, long slot, int width) {
    for (int i = 0; i < count; i++) {
      put(slot + (long) i * width);
    }
  }

  private void put(long slot) {
    switch (physical) {
      case BOOLEAN -> sink.put(reader.readBoolean() ? 1 : 0, slot);
      case INT32 -> sink.put(reader.readInteger(), slot);
      case INT64 -> sink.put(reader.readLong(), slot);
      case FLOAT -> sink.put(Float.floatToRawIntBits(reader.readFloat()), slot);
      case DOUBLE -> sink.put(Double.doubleToRawLongBits(reader.readDouble()), slot);
      default -> putBytes(reader.readBytes().toByteBuffer(), slot);
    }
  }

  private void putBytes(ByteBuffer bytes, long slot) {
    if (bytes.hasArray()) {
      sink.put(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining(), slot);
    } else {
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      sink.put(copy, 0, copy.length, slot);
    }
  }

  @Override
  public void skip(int count) {
    reader.skip(count);
  }
}
