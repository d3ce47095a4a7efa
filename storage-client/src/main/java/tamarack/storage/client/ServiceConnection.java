package tamarack.storage.client;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.RetryableException;
import tamarack.storage.object.StorageException;
import tamarack.storage.wire.Answer;
import tamarack.storage.wire.AnswerCodec;
import tamarack.storage.wire.FrameLayout;
import tamarack.storage.wire.Frames;
import tamarack.storage.wire.ProtocolException;
import tamarack.storage.wire.Request;
import tamarack.storage.wire.RequestCodec;

/** The socket of a client: one request at a time, answers of given-up requests are passed over. */
final class ServiceConnection implements AutoCloseable {
  /** How long a cancellation may go unnoticed. */
  private static final long POLL_MILLIS = 20;

  private final Path socket;
  private final String name;
  private final Duration patience;
  private final BooleanSupplier canceled;
  private final ReentrantLock lock = new ReentrantLock();
  private SocketChannel channel;
  private Selector selector;
  private long lastId;
  private boolean closed;

  ServiceConnection(Path socket, String name, Duration patience, BooleanSupplier canceled) {
    this.socket = socket;
    this.name = name;
    this.patience = patience;
    this.canceled = canceled;
  }

  /** The answer to a request, a Failed one included. */
  Answer ask(Request request) {
    lock.lock();
    try {
      long deadline = System.nanoTime() + patience.toNanos();
      while (true) {
        if (closed) {
          throw new PermanentException(FailureKind.INVALID, "this client has been closed");
        }
        try {
          connect();
        } catch (IOException e) {
          disconnect();
          retryOrFail(deadline, new RetryableException(FailureKind.UNAVAILABLE,
              "the storage service at \"" + socket + "\" does not answer: " + e.getMessage()));
          continue;
        }
        try {
          return exchange(request);
        } catch (IOException e) {
          disconnect();
          retryOrFail(deadline, lost(request));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void retryOrFail(long deadline, StorageException failure) {
    if (failure instanceof PermanentException || System.nanoTime() - deadline > 0) {
      throw failure;
    }
    checkCanceled();
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PermanentException(FailureKind.CANCELED, "canceled while waiting for the storage service");
    }
  }

  /** What it means that the service went away during a request: worth another try only if it may come twice. */
  private static StorageException lost(Request request) {
    return switch (request) {
      case Request.Publish publish -> new PermanentException(FailureKind.UNKNOWN_OUTCOME,
          "the storage service went away while \"" + publish.key() + "\" was being published; it may still appear");
      case Request.Stage r -> gone();
      case Request.Upload r -> gone();
      case Request.Prepare r -> gone();
      default -> new RetryableException(FailureKind.UNAVAILABLE, "the storage service went away");
    };
  }

  private static PermanentException gone() {
    return new PermanentException(FailureKind.CONFLICT,
        "the storage service went away during the transaction, and what it had staged is lost");
  }

  private void connect() throws IOException {
    if (channel != null) {
      return;
    }
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    channel.configureBlocking(false);
    selector = Selector.open();
    channel.register(selector, SelectionKey.OP_READ);
    Answer answer = exchange(new Request.Hello(FrameLayout.PROTOCOL_VERSION, name));
    if (!(answer instanceof Answer.Welcome)) {
      disconnect();
      String why = answer instanceof Answer.Failed failed ? failed.message() : "no welcome";
      throw new PermanentException(FailureKind.PROTOCOL, "the storage service refused us: " + why);
    }
  }

  private Answer exchange(Request request) throws IOException {
    long id = ++lastId;
    write(RequestCodec.encode(id, request));
    try {
      while (true) {
        ByteBuffer frame = readFrame();
        if (Frames.requestId(frame) == id) {
          return AnswerCodec.decode(frame);
        }
        // Its sender reads nothing more after a message it does not understand.
        if (Frames.requestId(frame) == 0) {
          throw new PermanentException(FailureKind.PROTOCOL,
              AnswerCodec.decode(frame) instanceof Answer.Failed failed ? failed.message() : "an answer to nothing");
        }
      }
    } catch (ProtocolException e) {
      disconnect();
      throw new PermanentException(FailureKind.PROTOCOL, "the storage service sent nonsense: " + e.getMessage());
    } catch (PermanentException e) {
      giveUp(id, e);
      throw e;
    }
  }

  /** Tells the service that nobody waits any more. */
  private void giveUp(long id, PermanentException reason) {
    try {
      if (reason.kind() == FailureKind.CANCELED && midway == null && channel != null) {
        ByteBuffer cancel = RequestCodec.encode(0, new Request.Cancel(id));
        channel.write(cancel);
        if (!cancel.hasRemaining()) {
          return;
        }
      }
      disconnect();
    } catch (IOException e) {
      disconnect();
    }
  }

  private ByteBuffer midway;

  private ByteBuffer readFrame() throws IOException, ProtocolException {
    midway = null;
    ByteBuffer start = ByteBuffer.allocate(FrameLayout.BODY);
    fill(start);
    int length = start.getInt(FrameLayout.LENGTH);
    Frames.check(length, FrameLayout.MOST_ANSWER);
    ByteBuffer frame = ByteBuffer.allocate(length + FrameLayout.TYPE).put(start.flip());
    fill(frame);
    midway = null;
    return frame.flip();
  }

  private void fill(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer);
      if (count < 0) {
        throw new EOFException("the service closed the connection");
      }
      if (count > 0) {
        midway = buffer;
      } else {
        await(SelectionKey.OP_READ);
      }
    }
  }

  private void write(ByteBuffer frame) throws IOException {
    while (frame.hasRemaining()) {
      if (channel.write(frame) == 0) {
        try {
          await(SelectionKey.OP_WRITE);
        } catch (PermanentException e) {
          // Half a message is sent: the connection is of no use any more.
          disconnect();
          throw e;
        }
      }
    }
  }

  private void await(int operation) throws IOException {
    checkCanceled();
    channel.keyFor(selector).interestOps(operation);
    selector.select(POLL_MILLIS);
    selector.selectedKeys().clear();
    if (Thread.currentThread().isInterrupted()) {
      throw new PermanentException(FailureKind.CANCELED, "canceled while waiting for the storage service");
    }
  }

  private void checkCanceled() {
    if (canceled.getAsBoolean()) {
      throw new PermanentException(FailureKind.CANCELED, "canceled while waiting for the storage service");
    }
  }

  private void disconnect() {
    try {
      if (selector != null) {
        selector.close();
      }
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The socket is of no use any more in any case.
      midway = null;
    } finally {
      selector = null;
      channel = null;
      midway = null;
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      disconnect();
    } finally {
      lock.unlock();
    }
  }
}
