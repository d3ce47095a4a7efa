package tamarack.storage.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;
import tamarack.storage.wire.Answer;
import tamarack.storage.wire.AnswerCodec;
import tamarack.storage.wire.FrameLayout;
import tamarack.storage.wire.Frames;
import tamarack.storage.wire.ProtocolException;
import tamarack.storage.wire.Request;
import tamarack.storage.wire.RequestCodec;

/**
 * One client: a thread reads its requests, each is answered by a thread of its own. Answers come in any order. When the
 * client leaves, its requests that only wait are given up; what it began to write goes on.
 */
final class Connection {
  private static final long IDLE = 0;

  /** Requests of more bytes count among those that are held in memory. */
  private static final int LARGE = 1 << 16;

  private final SocketChannel channel;
  private final StorageService service;
  private final ServerLimits limits;
  private final Consumer<Connection> ended;
  private final Map<Long, Work> running = new ConcurrentHashMap<>();
  private final ReentrantLock writing = new ReentrantLock();
  /** Since when we wait for the rest of a message, or for the client to take an answer; by System.nanoTime. */
  private final AtomicLong readingSince = new AtomicLong(now());
  private final AtomicLong writingSince = new AtomicLong(IDLE);
  private boolean welcomed;

  Connection(SocketChannel channel, StorageService service, ServerLimits limits, Consumer<Connection> ended) {
    this.channel = channel;
    this.service = service;
    this.limits = limits;
    this.ended = ended;
  }

  private static long now() {
    // Never IDLE.
    return System.nanoTime() | 1;
  }

  void start() {
    Thread.ofVirtual().start(this::run);
  }

  private void run() {
    try {
      while (true) {
        ByteBuffer frame = Frames.read(channel, FrameLayout.MOST_REQUEST, () -> readingSince.set(now()));
        if (frame == null) {
          return;
        }
        take(frame);
        readingSince.set(IDLE);
      }
    } catch (ProtocolException e) {
      refuse(0, e.getMessage());
    } catch (IOException e) {
      // The client is gone, or was closed for being stuck: there is nobody to tell.
      return;
    } finally {
      close();
      ended.accept(this);
    }
  }

  private void take(ByteBuffer frame) throws ProtocolException {
    long id = Frames.requestId(frame);
    Request request = RequestCodec.decode(frame);
    if (!welcomed) {
      welcome(id, request);
    } else if (request instanceof Request.Cancel cancel) {
      Work work = running.get(cancel.requestId());
      if (work != null) {
        work.cancel();
      }
    } else {
      begin(id, request, frame.remaining() > LARGE);
    }
  }

  private void welcome(long id, Request request) throws ProtocolException {
    if (!(request instanceof Request.Hello hello)) {
      throw new ProtocolException("the first message must be Hello");
    }
    if (hello.version() != FrameLayout.PROTOCOL_VERSION) {
      throw new ProtocolException("this service speaks version " + FrameLayout.PROTOCOL_VERSION
          + " of the protocol, not " + hello.version());
    }
    welcomed = true;
    send(id, new Answer.Welcome(FrameLayout.PROTOCOL_VERSION, "tamarack storage service"));
  }

  private void begin(long id, Request request, boolean large) throws ProtocolException {
    if (running.containsKey(id)) {
      throw new ProtocolException("two requests at a time have one id");
    }
    if (running.size() >= ServerLimits.REQUESTS_PER_CONNECTION || !limits.requests.tryAcquire()) {
      send(id, new Answer.Failed(FailureKind.BUSY, "too many requests at a time"));
      return;
    }
    Work work = new Work(id, request, large);
    running.put(id, work);
    if (large) {
      // Its bytes are in memory already: nothing more is read from this client until there is room.
      readingSince.set(IDLE);
      limits.large.acquireUninterruptibly();
    }
    work.thread.start();
  }

  /** A request that is being answered. */
  private final class Work {
    private final long id;
    private final Request request;
    private final Thread thread = Thread.ofVirtual().unstarted(this::run);
    private boolean acquired;
    private boolean answered;

    Work(long id, Request request, boolean large) {
      this.id = id;
      this.request = request;
      this.acquired = large;
    }

    private void run() {
      try {
        if (request instanceof Request.Fetch && !acquired) {
          limits.large.acquire();
          acquired = true;
        }
        finish(service.answer(request));
      } catch (InterruptedException e) {
        finish(new Answer.Failed(FailureKind.CANCELED, "canceled while waiting for a place"));
      } finally {
        if (acquired) {
          limits.large.release();
        }
        limits.requests.release();
      }
    }

    private void finish(Answer answer) {
      synchronized (this) {
        answered = true;
        // An interrupt that came too late must not reach the channel, which it would close.
        Thread.interrupted();
      }
      running.remove(id);
      send(id, answer);
    }

    private synchronized void cancel() {
      if (!answered) {
        thread.interrupt();
      }
    }
  }

  private void refuse(long id, String why) {
    send(id, new Answer.Failed(FailureKind.PROTOCOL, why));
  }

  private void send(long id, Answer answer) {
    ByteBuffer frame;
    try {
      frame = AnswerCodec.encode(id, answer);
    } catch (PermanentException e) {
      frame = AnswerCodec.encode(id, new Answer.Failed(e.kind(), e.getMessage()));
    }
    writing.lock();
    try {
      writingSince.set(now());
      Frames.write(channel, frame);
    } catch (IOException e) {
      close();
    } finally {
      writingSince.set(IDLE);
      writing.unlock();
    }
  }

  /** Closes the connection if its client keeps us waiting. */
  void closeIfStuck(Duration patience) {
    if (isLong(readingSince.get(), patience) || isLong(writingSince.get(), patience)) {
      close();
    }
  }

  private static boolean isLong(long since, Duration patience) {
    return since != IDLE && System.nanoTime() - since > patience.toNanos();
  }

  /** Idempotent. */
  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is closed for us in any case.
      writingSince.set(IDLE);
    }
    running.values().forEach(Work::cancel);
  }
}
