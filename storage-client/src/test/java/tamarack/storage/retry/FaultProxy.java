package tamarack.storage.retry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * Stands between a client and an HTTP server and breaks connections, one fault for each request. It works on bytes, so
 * signatures stay valid: it only adds "Connection: close", which nobody signs, so that each request has a connection of
 * its own.
 */
public final class FaultProxy implements AutoCloseable {
  /** What happens to a request. */
  public enum Fault {
    /** Nothing. */
    NONE,
    /** 503 without asking the server. */
    BUSY,
    /** The answer comes late. */
    LATENCY,
    /** The connection is reset before the server sees the request. */
    RESET_BEFORE,
    /** The connection is reset while the request is sent; the server sees a part of it. */
    RESET_DURING_REQUEST,
    /** The connection is reset within the answer. */
    RESET_DURING_ANSWER,
    /** The server has done its work, and its answer is lost. */
    LOST_ANSWER,
    /** The answer stops halfway, and the connection stays. */
    STALL
  }

  private static final int LATENCY_MILLIS = 30;

  private final int target;
  private final ServerSocket listener;
  private final Thread acceptor;
  private final Deque<Fault> script = new ArrayDeque<>();
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private Supplier<Fault> otherwise = () -> Fault.NONE;
  private int requests;

  /** A proxy before a server on a port of this machine. */
  public FaultProxy(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    this.acceptor = Thread.ofPlatform().daemon().start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** The next requests meet these faults, in this order. */
  public synchronized void next(Fault... faults) {
    script.clear();
    script.addAll(Arrays.asList(faults));
  }

  /** Requests beyond the script meet what this says. */
  public synchronized void otherwise(Supplier<Fault> otherwise) {
    this.otherwise = otherwise;
  }

  /** Requests seen so far. */
  public synchronized int requests() {
    return requests;
  }

  private synchronized Fault nextFault() {
    requests++;
    return script.isEmpty() ? otherwise.get() : script.remove();
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listener.close();
    try {
      // Only then is the port free, and connections to it refused.
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        sockets.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      String head = readHead(client.getInputStream());
      if (head.isEmpty()) {
        return;
      }
      Fault fault = nextFault();
      switch (fault) {
        case BUSY -> answerBusy(client);
        case RESET_BEFORE -> reset(client);
        default -> forward(client, head, fault);
      }
    } catch (IOException | InterruptedException e) {
      // The client has gone, or the server: the other side sees its connection close.
      return;
    } finally {
      sockets.remove(client);
    }
  }

  private void forward(Socket client, String head, Fault fault) throws IOException, InterruptedException {
    try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      OutputStream toServer = server.getOutputStream();
      toServer.write(closing(head).getBytes(StandardCharsets.ISO_8859_1));
      toServer.flush();
      int limit = fault == Fault.RESET_DURING_REQUEST ? contentLength(head) / 2 : Integer.MAX_VALUE;
      Thread.ofVirtual().start(() -> copy(client, server, limit, limit == Integer.MAX_VALUE));
      if (fault == Fault.RESET_DURING_REQUEST) {
        // Enough of the request is under way; the answer, if the server gives one, is never passed on.
        Thread.sleep(5);
        reset(server);
        reset(client);
        return;
      }
      answer(client, server, head, fault);
    }
  }

  private void answer(Socket client, Socket server, String head, Fault fault)
      throws IOException, InterruptedException {
    switch (fault) {
      case LATENCY -> Thread.sleep(LATENCY_MILLIS);
      case LOST_ANSWER -> {
        passContinue(client, server, head);
        server.getInputStream().transferTo(OutputStream.nullOutputStream());
        reset(client);
        return;
      }
      case RESET_DURING_ANSWER, STALL -> {
        passContinue(client, server, head);
        byte[] all = server.getInputStream().readAllBytes();
        client.getOutputStream().write(all, 0, all.length * 2 / 3);
        client.getOutputStream().flush();
        if (fault == Fault.STALL) {
          closed.await();
        }
        reset(client);
        return;
      }
      default -> { }
    }
    server.getInputStream().transferTo(client.getOutputStream());
    client.getOutputStream().flush();
  }

  /** A client that waits for "100 Continue" before its body must get it whatever happens to the answer. */
  private static void passContinue(Socket client, Socket server, String head) throws IOException {
    if (head.toLowerCase().contains("expect: 100-continue")) {
      client.getOutputStream().write(readHead(server.getInputStream()).getBytes(StandardCharsets.ISO_8859_1));
      client.getOutputStream().flush();
    }
  }

  private static void copy(Socket from, Socket to, int limit, boolean finish) {
    try {
      byte[] buffer = new byte[8192];
      int left = limit;
      while (left > 0) {
        int count = from.getInputStream().read(buffer, 0, Math.min(buffer.length, left));
        if (count < 0) {
          break;
        }
        to.getOutputStream().write(buffer, 0, count);
        left -= count;
      }
      if (finish) {
        to.shutdownOutput();
      }
    } catch (IOException e) {
      // One of the two has been closed.
      return;
    }
  }

  private static void answerBusy(Socket client) throws IOException {
    String body = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Slow down</Message></Error>";
    client.getOutputStream().write(("HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n"
        + "Content-Length: " + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
    client.getOutputStream().flush();
    client.shutdownOutput();
    client.getInputStream().transferTo(OutputStream.nullOutputStream());
  }

  private static void reset(Socket socket) throws IOException {
    socket.setOption(StandardSocketOptions.SO_LINGER, 0);
    socket.close();
  }

  private static String closing(String head) {
    String kept = head.replaceAll("(?im)^(connection|keep-alive):.*\r\n", "");
    return kept.substring(0, kept.length() - 2) + "Connection: close\r\n\r\n";
  }

  private static int contentLength(String head) {
    for (String line : head.split("\r\n")) {
      if (line.toLowerCase().startsWith("content-length:")) {
        return Integer.parseInt(line.substring("content-length:".length()).trim());
      }
    }
    return 0;
  }

  private static String readHead(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int matched = 0;
    while (matched < 4) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.write(next);
      matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }
}
