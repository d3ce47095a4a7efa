package tamarack.storage.wire;

/**
 * Offsets of a frame, in bytes; all numbers are big-endian. PROTOCOL.md describes the protocol for users of other
 * languages.
 */
public final class FrameLayout {
  /** The protocol's version, which the two sides compare in Hello and Welcome. */
  public static final int PROTOCOL_VERSION = 1;

  /** u32: bytes of the frame after this field. */
  public static final int LENGTH = 0;

  /** u16: the kind of message. */
  public static final int TYPE = 4;

  /** u16: zero; a later version may give it a meaning. */
  public static final int RESERVED = 6;

  /** u64: chosen by the client; an answer has its request's. */
  public static final int REQUEST_ID = 8;

  /** The message's fields. */
  public static final int BODY = 16;

  /** The least value of LENGTH. */
  public static final int LEAST_LENGTH = BODY - TYPE;

  /** The most bytes of a request. */
  public static final int MOST_REQUEST = 1 << 20;

  /** The most bytes of an answer: a block that is one whole file, and some. */
  public static final int MOST_ANSWER = 8 << 20;

  private FrameLayout() {}
}
