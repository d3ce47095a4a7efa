package tamarack.storage.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;

/** Frames on a channel, and what stands at their start. */
public final class Frames {
  private static final int FIRST_PIECE = 1 << 16;

  private Frames() {}

  /**
   * Reads the next frame from a blocking channel.
   *
   * @param most the most bytes of the frame
   * @param begun runs when the frame's first bytes are there
   * @return null when the channel ends between two frames
   */
  public static ByteBuffer read(ReadableByteChannel channel, int most, Runnable begun)
      throws IOException, ProtocolException {
    ByteBuffer start = ByteBuffer.allocate(FrameLayout.BODY);
    if (channel.read(start) < 0) {
      return null;
    }
    begun.run();
    fill(channel, start);
    int length = start.getInt(FrameLayout.LENGTH);
    check(length, most);
    // What has not come takes no memory: a peer must send what it announces.
    int whole = length + FrameLayout.TYPE;
    ByteBuffer frame = ByteBuffer.allocate(Math.min(whole, FIRST_PIECE));
    frame.put(start.flip());
    fill(channel, frame);
    while (frame.capacity() < whole) {
      byte[] larger = Arrays.copyOf(frame.array(), (int) Math.min(whole, 2L * frame.capacity()));
      frame = ByteBuffer.wrap(larger).position(frame.position());
      fill(channel, frame);
    }
    return frame.flip();
  }

  private static void fill(ReadableByteChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("the peer left within a message");
      }
    }
  }

  /** Fails when a length field cannot be right. */
  public static void check(int length, int most) throws ProtocolException {
    if (length < FrameLayout.LEAST_LENGTH || length > most - FrameLayout.TYPE) {
      throw new ProtocolException("a message of " + (length & 0xffffffffL) + " bytes");
    }
  }

  /** Writes a frame to a blocking channel. */
  public static void write(WritableByteChannel channel, ByteBuffer frame) throws IOException {
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  /** The id of the request that a whole frame is or answers. */
  public static long requestId(ByteBuffer frame) throws ProtocolException {
    checkWhole(frame);
    return frame.getLong(frame.position() + FrameLayout.REQUEST_ID);
  }

  static int type(ByteBuffer frame) throws ProtocolException {
    checkWhole(frame);
    if (frame.getShort(frame.position() + FrameLayout.RESERVED) != 0) {
      throw new ProtocolException("a reserved field is not zero");
    }
    return frame.getShort(frame.position() + FrameLayout.TYPE) & 0xffff;
  }

  static ByteBuffer body(ByteBuffer frame) throws ProtocolException {
    checkWhole(frame);
    return frame.slice(frame.position() + FrameLayout.BODY, frame.remaining() - FrameLayout.BODY);
  }

  private static void checkWhole(ByteBuffer frame) throws ProtocolException {
    if (frame.remaining() < FrameLayout.BODY
        || frame.getInt(frame.position() + FrameLayout.LENGTH) != frame.remaining() - FrameLayout.TYPE) {
      throw new ProtocolException("the length is not that of the message");
    }
  }
}
