package tamarack.storage.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.PermanentException;

/** Writes a frame, up to a limit. */
final class FieldWriter {
  private static final int START = 256;

  private final int most;
  private byte[] bytes = new byte[START];
  private int end = FrameLayout.BODY;

  FieldWriter(int most) {
    this.most = most;
  }

  FieldWriter u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  FieldWriter i32(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  FieldWriter i64(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  FieldWriter bytes(byte[] value) {
    i32(value.length);
    room(value.length).put(value);
    return this;
  }

  FieldWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  <T> FieldWriter list(List<T> values, Consumer<T> element) {
    i32(values.size());
    values.forEach(element);
    return this;
  }

  FieldWriter object(ObjectInfo object) {
    return text(object.key()).i64(object.length()).text(object.version()).i64(object.checksum())
        .text(object.writer());
  }

  private ByteBuffer room(int count) {
    long needed = (long) end + count;
    if (needed > most) {
      throw new PermanentException(FailureKind.INVALID, "a message of more than " + most + " bytes");
    }
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(most, Math.max(needed, 2L * bytes.length)));
    }
    ByteBuffer room = ByteBuffer.wrap(bytes, end, count);
    end += count;
    return room;
  }

  /** The whole frame. */
  ByteBuffer frame(int type, long requestId) {
    ByteBuffer frame = ByteBuffer.wrap(bytes, 0, end);
    frame.putInt(FrameLayout.LENGTH, end - FrameLayout.TYPE);
    frame.putShort(FrameLayout.TYPE, (short) type);
    frame.putShort(FrameLayout.RESERVED, (short) 0);
    frame.putLong(FrameLayout.REQUEST_ID, requestId);
    return frame;
  }
}
