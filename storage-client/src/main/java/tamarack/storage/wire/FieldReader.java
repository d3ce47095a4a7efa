package tamarack.storage.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tamarack.storage.object.ObjectInfo;

/** Reads the fields of a message. Whatever the bytes are, it ends in a value or a {@link ProtocolException}. */
final class FieldReader {
  private final ByteBuffer body;

  FieldReader(ByteBuffer body) {
    this.body = body;
  }

  /** Reads one element of a list. */
  interface Element<T> {
    T read() throws ProtocolException;
  }

  int u8() throws ProtocolException {
    need(1);
    return body.get() & 0xff;
  }

  boolean truth() throws ProtocolException {
    int value = u8();
    if (value > 1) {
      throw new ProtocolException("neither true nor false");
    }
    return value == 1;
  }

  int i32() throws ProtocolException {
    need(Integer.BYTES);
    return body.getInt();
  }

  long i64() throws ProtocolException {
    need(Long.BYTES);
    return body.getLong();
  }

  /** A length, offset or time, which cannot be negative. */
  long count() throws ProtocolException {
    long count = i64();
    if (count < 0) {
      throw new ProtocolException("a negative number");
    }
    return count;
  }

  byte[] bytes() throws ProtocolException {
    int length = i32();
    if (length < 0) {
      throw new ProtocolException("a negative length");
    }
    need(length);
    byte[] bytes = new byte[length];
    body.get(bytes);
    return bytes;
  }

  String text() throws ProtocolException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes())).toString();
    } catch (CharacterCodingException e) {
      throw new ProtocolException("a text that is not UTF-8");
    }
  }

  /** Each element takes at least one byte, so a count beyond the frame is refused before anything is allocated. */
  <T> List<T> list(Element<T> element) throws ProtocolException {
    int count = i32();
    if (count < 0 || count > body.remaining()) {
      throw new ProtocolException("a list of " + count + " in " + body.remaining() + " bytes");
    }
    List<T> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(element.read());
    }
    return list;
  }

  ObjectInfo object() throws ProtocolException {
    String key = text();
    long length = count();
    String version = text();
    long checksum = i64();
    if (checksum < ObjectInfo.NO_CHECKSUM || checksum > 0xffffffffL) {
      throw new ProtocolException("a checksum out of range");
    }
    return new ObjectInfo(key, length, version, checksum, text());
  }

  /** Fails when bytes are left. */
  void end() throws ProtocolException {
    if (body.hasRemaining()) {
      throw new ProtocolException(body.remaining() + " bytes too many");
    }
  }

  private void need(int count) throws ProtocolException {
    if (body.remaining() < count) {
      throw new ProtocolException("the message ends early");
    }
  }
}
