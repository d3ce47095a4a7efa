package tamarack.storage.wire;

import java.nio.ByteBuffer;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/** Requests as frames. */
public final class RequestCodec {
  private static final int CACHED_ONLY = 1;
  private static final int DISTRUST = 2;

  private RequestCodec() {}

  /** The frame of a request. */
  public static ByteBuffer encode(long requestId, Request request) {
    FieldWriter out = new FieldWriter(FrameLayout.MOST_REQUEST);
    int type = switch (request) {
      case Request.Hello r -> of(1, out.i32(r.version()).text(r.client()));
      case Request.Open r -> of(2, out.text(r.store()).text(r.key()));
      case Request.Head r -> of(3, out.text(r.store()).text(r.key()));
      case Request.Locate r -> of(4, out.text(r.store()).object(r.object()).i64(r.offset())
          .u8((r.cachedOnly() ? CACHED_ONLY : 0) | (r.distrust() ? DISTRUST : 0)));
      case Request.Fetch r -> of(5, out.text(r.store()).object(r.object()).i64(r.offset()));
      case Request.Stage r -> of(6, out.text(r.transaction()).text(r.store()).text(r.key()));
      case Request.Upload r -> of(7, out.text(r.transaction()).i64(r.stage()));
      case Request.Prepare r -> of(8, out.text(r.transaction()));
      case Request.Publish r -> of(9, out.text(r.store()).text(r.key()).bytes(r.bytes()));
      case Request.Commit r -> of(10, out.text(r.transaction()));
      case Request.Abort r -> of(11, out.text(r.transaction()));
      case Request.Pending r -> 12;
      case Request.Delete r -> of(13, out.text(r.store()).list(r.keys(), out::text));
      case Request.ListObjects r ->
          of(14, out.text(r.store()).text(r.prefix()).text(r.page()).i32(r.limit()));
      case Request.Status r -> 15;
      case Request.CacheStatistics r -> 16;
      case Request.Queue r -> 17;
      case Request.Probe r -> of(18, out.text(r.store()));
      case Request.TakeOver r -> of(19, out.text(r.store()));
      case Request.Reload r -> 20;
      case Request.Cancel r -> of(21, out.i64(r.requestId()));
    };
    return out.frame(type, requestId);
  }

  private static int of(int type, FieldWriter written) {
    if (written == null) {
      throw new PermanentException(FailureKind.INTERNAL, "a message without fields");
    }
    return type;
  }

  /** The request of a whole frame. */
  public static Request decode(ByteBuffer frame) throws ProtocolException {
    FieldReader in = new FieldReader(Frames.body(frame));
    int type = Frames.type(frame);
    Request request = switch (type) {
      case 1 -> new Request.Hello(in.i32(), in.text());
      case 2 -> new Request.Open(in.text(), in.text());
      case 3 -> new Request.Head(in.text(), in.text());
      case 4 -> locate(in);
      case 5 -> new Request.Fetch(in.text(), in.object(), in.count());
      case 6 -> new Request.Stage(in.text(), in.text(), in.text());
      case 7 -> new Request.Upload(in.text(), in.count());
      case 8 -> new Request.Prepare(in.text());
      case 9 -> new Request.Publish(in.text(), in.text(), in.bytes());
      case 10 -> new Request.Commit(in.text());
      case 11 -> new Request.Abort(in.text());
      case 12 -> new Request.Pending();
      case 13 -> new Request.Delete(in.text(), in.list(in::text));
      case 14 -> new Request.ListObjects(in.text(), in.text(), in.text(), in.i32());
      case 15 -> new Request.Status();
      case 16 -> new Request.CacheStatistics();
      case 17 -> new Request.Queue();
      case 18 -> new Request.Probe(in.text());
      case 19 -> new Request.TakeOver(in.text());
      case 20 -> new Request.Reload();
      case 21 -> new Request.Cancel(in.i64());
      default -> throw new ProtocolException("there is no request of type " + type);
    };
    in.end();
    return request;
  }

  private static Request locate(FieldReader in) throws ProtocolException {
    String store = in.text();
    Request.Fetch block = new Request.Fetch(store, in.object(), in.count());
    int flags = in.u8();
    if ((flags & ~(CACHED_ONLY | DISTRUST)) != 0) {
      throw new ProtocolException("unknown flags " + flags);
    }
    return new Request.Locate(
        store, block.object(), block.offset(), (flags & CACHED_ONLY) != 0, (flags & DISTRUST) != 0);
  }
}
