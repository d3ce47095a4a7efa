package tamarack.storage.wire;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListedObject;
import tamarack.storage.object.ObjectInfo;

/** Answers as frames. */
public final class AnswerCodec {
  private AnswerCodec() {}

  /** The frame of an answer. */
  public static ByteBuffer encode(long requestId, Answer answer) {
    FieldWriter out = new FieldWriter(FrameLayout.MOST_ANSWER);
    int type = switch (answer) {
      case Answer.Welcome a -> of(128, out.i32(a.version()).text(a.service()));
      case Answer.Failed a -> of(129, out.i32(a.kind().number()).text(a.message()));
      case Answer.Found a -> of(130, optional(out, a.object()));
      case Answer.Located a -> of(131, out.text(a.path()).i64(a.fileOffset()).i64(a.objectOffset())
          .i32(a.length()).i64(a.checksum()).u8(a.fetched() ? 1 : 0));
      case Answer.NotCached a -> 132;
      case Answer.Data a -> of(133, out.i64(a.objectOffset()).i64(a.checksum()).u8(a.fetched() ? 1 : 0)
          .bytes(a.bytes()));
      case Answer.Staged a -> of(134, out.i64(a.stage()).text(a.path()));
      case Answer.Done a -> 135;
      case Answer.Prepared a -> of(136, out.list(a.objects(), out::object));
      case Answer.Published a -> of(137, optional(out, a.object()));
      case Answer.Listed a -> of(138, out.text(a.next()).list(a.objects(), object ->
          out.text(object.key()).i64(object.length()).i64(object.modified().toEpochMilli())));
      case Answer.Rows a -> of(139, out.list(a.columns(), out::text)
          .list(a.rows(), row -> out.list(row, out::text)));
    };
    return out.frame(type, requestId);
  }

  private static int of(int type, FieldWriter written) {
    return written == null ? 0 : type;
  }

  private static FieldWriter optional(FieldWriter out, Optional<ObjectInfo> object) {
    out.u8(object.isPresent() ? 1 : 0);
    object.ifPresent(out::object);
    return out;
  }

  /** The answer of a whole frame. */
  public static Answer decode(ByteBuffer frame) throws ProtocolException {
    FieldReader in = new FieldReader(Frames.body(frame));
    int type = Frames.type(frame);
    Answer answer = switch (type) {
      case 128 -> new Answer.Welcome(in.i32(), in.text());
      case 129 -> new Answer.Failed(FailureKind.of(in.i32()), in.text());
      case 130 -> new Answer.Found(optional(in));
      case 131 -> new Answer.Located(in.text(), in.count(), in.count(), in.i32(), in.i64(), in.truth());
      case 132 -> new Answer.NotCached();
      case 133 -> new Answer.Data(in.count(), in.i64(), in.truth(), in.bytes());
      case 134 -> new Answer.Staged(in.count(), in.text());
      case 135 -> new Answer.Done();
      case 136 -> new Answer.Prepared(in.list(in::object));
      case 137 -> new Answer.Published(optional(in));
      case 138 -> listed(in);
      case 139 -> new Answer.Rows(in.list(in::text), in.list(() -> in.list(in::text)));
      default -> throw new ProtocolException("there is no answer of type " + type);
    };
    in.end();
    return answer;
  }

  private static Optional<ObjectInfo> optional(FieldReader in) throws ProtocolException {
    return in.truth() ? Optional.of(in.object()) : Optional.empty();
  }

  private static Answer listed(FieldReader in) throws ProtocolException {
    String next = in.text();
    try {
      return new Answer.Listed(
          in.list(() -> new ListedObject(in.text(), in.count(), Instant.ofEpochMilli(in.i64()))), next);
    } catch (DateTimeException e) {
      throw new ProtocolException("a time out of range");
    }
  }
}
