package org.promisegrid.server.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Framing;
import org.promisegrid.kernel.message.MalformedException;

/// `agent.sock`: calls from this host, by whoever may open the file. One call after the other on
/// each connection, as many connections as there is room for; more wait to be let in.
public final class SocketDoor implements AutoCloseable {

  /// The longest path that a socket can have on Linux: `sun_path` has 108 bytes, one is a NUL.
  static final int LONGEST_PATH = 107;

  /// Callers who may wait to be let in: where there are more, the system turns them away.
  private static final int BACKLOG = 1024;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private static final System.Logger LOG = System.getLogger(SocketDoor.class.getName());

  private final Path path;
  private final Session session;
  private final Visits visits;
  private final Duration patience;
  private final Semaphore room;
  private final ServerSocketChannel server;
  private final ThreadFactory threads;
  private final Set<Line> lines = ConcurrentHashMap.newKeySet();

  private SocketDoor(
      Path path,
      Session session,
      Visits visits,
      Duration patience,
      int connections,
      ServerSocketChannel server,
      ThreadFactory threads) {
    this.path = path;
    this.session = session;
    this.visits = visits;
    this.patience = patience;
    this.room = new Semaphore(connections);
    this.server = server;
    this.threads = threads;
  }

  /// Opens the socket. A file that an agent left there is replaced: the home's lock says that it
  /// isn't in use.
  ///
  /// @param patience how long a connection may be silent while it isn't being answered
  /// @param connections most at a time
  /// @throws IOException if it can't be opened; says why
  public static SocketDoor open(
      Path path, Session session, Visits visits, Duration patience, int connections)
      throws IOException {
    return open(
        path,
        session,
        visits,
        patience,
        connections,
        Thread.ofVirtual().name("serves agent.sock").factory());
  }

  /// @param threads which those are served on who are let in
  static SocketDoor open(
      Path path,
      Session session,
      Visits visits,
      Duration patience,
      int connections,
      ThreadFactory threads)
      throws IOException {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_PATH) {
      throw new IOException(
          "the path of the socket, "
              + path
              + ", has "
              + length
              + " bytes, where the system takes "
              + LONGEST_PATH
              + ": choose a shorter home");
    }
    Files.deleteIfExists(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path), BACKLOG);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    SocketDoor door = new SocketDoor(path, session, visits, patience, connections, server, threads);
    var _ = Thread.ofVirtual().name("agent.sock").start(door::letIn);
    return door;
  }

  private void letIn() {
    Duration pause = Duration.ZERO;
    while (true) {
      try {
        room.acquire();
      } catch (InterruptedException e) {
        return;
      }
      @Nullable SocketChannel caller = null;
      try {
        caller = server.accept();
        begin(caller);
        pause = Duration.ZERO;
      } catch (ClosedChannelException e) {
        return; // on purpose
      } catch (Throwable e) { // also what a lack of memory throws: nobody else would let callers in
        room.release();
        if (caller != null) {
          cut(caller);
        }
        // Such as no file descriptors left: asking again at once would only burn what others need.
        if (pause.isZero()) {
          LOG.log(System.Logger.Level.WARNING, "a connection to {0} failed: {1}", path, e);
        }
        pause = pause.isZero() ? FIRST_PAUSE : LONGEST_PAUSE;
        LockSupport.parkNanos(pause.toNanos());
      }
    }
  }

  private void begin(SocketChannel caller) {
    threads
        .newThread(() -> {
          try {
            serve(caller);
          } finally {
            room.release();
          }
        })
        .start();
  }

  private void serve(SocketChannel caller) {
    Line line = new Line(caller, patience);
    lines.add(line);
    try (line) {
      line.start();
      boolean more = true;
      while (more && !visits.isEnding()) {
        more = serveOne(caller, line);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a connection broke: {0}", e.getMessage());
    } catch (InterruptedException e) {
      LOG.log(System.Logger.Level.DEBUG, "a caller left: {0}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a call failed", e);
    } finally {
      lines.remove(line);
    }
  }

  private boolean serveOne(SocketChannel caller, Line line)
      throws IOException, InterruptedException {
    Optional<byte[]> frame;
    try {
      frame = Framing.read(line.in());
    } catch (MalformedException e) {
      if (!(e.getCause() instanceof EOFException)) {
        session.refuse(e, line.out());
      }
      return false;
    }
    if (frame.isEmpty()) {
      return false;
    }
    try (Visit visit = visits.begin(() -> cut(caller))) {
      line.busy(visit);
      return session.answer(
          frame.get(),
          line.in(),
          line.out(),
          "socket",
          Long.MAX_VALUE,
          false,
          visit,
          Room.nothing());
    } finally {
      line.idle();
    }
  }

  private static void cut(SocketChannel caller) {
    try {
      caller.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a connection that doesn't close", e);
    }
  }

  /// Where it is.
  public Path path() {
    return path;
  }

  /// Lets nobody in any more, and removes the file. Those inside are [Visits]' to end.
  @Override
  public void close() throws IOException {
    server.close();
    for (Line line : lines) {
      line.closeIfIdle();
    }
    Files.deleteIfExists(path);
  }
}
