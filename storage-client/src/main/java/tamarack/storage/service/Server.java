package tamarack.storage.service;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/**
 * The service on a Unix socket of mode 0600. Only processes of our own user get in. So many connections and no more;
 * one that stops within a message or does not take its answers is closed.
 */
public final class Server implements AutoCloseable {
  private static final int BACKLOG = 128;
  private static final int MOST_CONNECTIONS = 512;
  private static final Duration DELETE_INTERVAL = Duration.ofSeconds(5);
  private static final int DELETES_PER_CLEANUP = 720;

  private final StorageService service;
  private final Path socket;
  private final Duration patience;
  private final ServerSocketChannel listener;
  private final UserPrincipal user;
  private final ServerLimits limits = new ServerLimits();
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;
  private final Thread watch;
  private final Thread deleter;
  private volatile boolean closed;

  /**
   * Starts to serve; the service is the caller's to close, after this.
   *
   * @param patience how long a peer may take to send the rest of a message, or to take an answer
   */
  public Server(StorageService service, Path socket, Duration patience) {
    this.service = service;
    this.socket = socket.toAbsolutePath();
    this.patience = patience;
    try {
      this.listener = bind(this.socket);
      this.user = Files.getOwner(this.socket);
    } catch (IOException e) {
      throw new PermanentException(
          FailureKind.CONFIGURATION, "cannot listen at \"" + socket + "\": " + e.getMessage());
    }
    acceptor = Thread.ofVirtual().start(this::accept);
    watch = Thread.ofVirtual().start(this::watch);
    deleter = Thread.ofVirtual().start(this::delete);
  }

  /** The socket gets its mode in a directory that nobody else can enter, and only then its place. */
  private static ServerSocketChannel bind(Path socket) throws IOException {
    Path closet = Files.createTempDirectory(socket.getParent(), ".s",
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path hidden = closet.resolve("s");
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(hidden), BACKLOG);
      Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
      Files.move(hidden, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    } finally {
      Files.deleteIfExists(hidden);
      Files.deleteIfExists(closet);
    }
  }

  private void accept() {
    while (!closed) {
      try {
        SocketChannel peer = listener.accept();
        if (connections.size() >= MOST_CONNECTIONS || !isOurUser(peer)) {
          peer.close();
        } else {
          Connection connection = new Connection(peer, service, limits, connections::remove);
          connections.add(connection);
          connection.start();
        }
      } catch (IOException e) {
        // Out of descriptors, perhaps: later there may be some. When the listener is closed, closed is set, too.
        pause(Duration.ofMillis(10));
      }
    }
  }

  private boolean isOurUser(SocketChannel peer) {
    try {
      UnixDomainPrincipal principal = peer.getOption(ExtendedSocketOptions.SO_PEERCRED);
      return principal.user().equals(user);
    } catch (IOException e) {
      // Who cannot be told is a stranger.
      return false;
    }
  }

  private void watch() {
    while (pause(patience.dividedBy(4))) {
      connections.forEach(connection -> connection.closeIfStuck(patience));
    }
  }

  private void delete() {
    for (int round = 1; pause(DELETE_INTERVAL); round++) {
      try {
        service.deleteDue();
        if (round % DELETES_PER_CLEANUP == 0) {
          service.abandonUploads();
        }
      } catch (RuntimeException e) {
        // The queue notes failures with what failed; a failing disk shows at the next request.
        continue;
      }
    }
  }

  private boolean pause(Duration time) {
    try {
      Thread.sleep(time);
      return !closed;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** Connections that are open. */
  public int connections() {
    return connections.size();
  }

  /** Closes all connections and removes the socket. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      listener.close();
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      throw new PermanentException(FailureKind.LOCAL_IO, "cannot remove \"" + socket + "\": " + e.getMessage());
    } finally {
      connections.forEach(Connection::close);
      for (Thread thread : new Thread[] {acceptor, watch, deleter}) {
        thread.interrupt();
        joinQuietly(thread);
      }
    }
  }

  private static void joinQuietly(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
