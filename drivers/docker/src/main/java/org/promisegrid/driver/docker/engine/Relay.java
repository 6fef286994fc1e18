package org.promisegrid.driver.docker.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A socket of this agent's, in a folder of its own, by which an engine elsewhere is spoken with as
/// one on this host is: each connection to it becomes one to the engine, byte for byte, each
/// direction with its end. So neither docker-java nor our own streams know the difference.
public final class Relay implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(Relay.class.getName());

  /// Names of sockets are shorter than 108 bytes.
  private static final int LONGEST = 107;

  private static final int BUFFER = 64 << 10;

  private final Dial dial;
  private final Path socket;
  private final Set<Passage> passages = ConcurrentHashMap.newKeySet();

  // Guarded by this.
  private @Nullable ServerSocketChannel server;
  private boolean closed;

  private volatile Optional<String> failure = Optional.empty();

  /// @param folder private to the agent's user
  public Relay(Dial dial, Path folder) {
    this.dial = dial;
    this.socket = folder.resolve("engine");
  }

  public Path socket() {
    return socket;
  }

  /// Why the last connection couldn't be made, if it couldn't.
  public Optional<String> failure() {
    return failure;
  }

  /// Listens from now on. Idempotent.
  ///
  /// @throws IOException if it can't
  public synchronized void start() throws IOException {
    if (server != null || closed) {
      return;
    }
    if (socket.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > LONGEST) {
      throw new IOException("a socket can't have so long a name: " + socket);
    }
    Files.createDirectories(socket.getParent());
    Files.setPosixFilePermissions(
        socket.getParent(),
        EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE));
    Files.deleteIfExists(socket); // of an agent that was killed
    ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listening.bind(UnixDomainSocketAddress.of(socket));
    } catch (IOException | RuntimeException e) {
      listening.close();
      throw e;
    }
    server = listening;
    Thread.ofVirtual().name("docker relay " + socket).start(() -> accept(listening));
  }

  private void accept(ServerSocketChannel listening) {
    while (true) {
      try {
        SocketChannel near = listening.accept();
        Thread.ofVirtual().name("docker relay").start(() -> serve(near));
      } catch (IOException e) {
        if (listening.isOpen()) {
          LOGGER.log(System.Logger.Level.WARNING, "the relay at " + socket + " ended", e);
        }
        return;
      }
    }
  }

  private void serve(SocketChannel near) {
    try (near) {
      try (Dial.Far far = dial.open()) {
        failure = Optional.empty();
        pass(new Passage(near, far));
      } catch (IOException e) { // known before it is hung up: whoever sees that asks why
        failure = Optional.of(Failures.text(e));
      }
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "hanging up at the relay", e);
    }
  }

  private void pass(Passage passage) throws IOException {
    passages.add(passage);
    try {
      synchronized (this) {
        if (closed) {
          return;
        }
      }
      Thread back = Thread.ofVirtual().name("docker relay back").start(passage::back);
      passage.forth();
      back.join();
    } catch (InterruptedException e) {
      throw new IOException("the relay was interrupted", e);
    } finally {
      passages.remove(passage);
    }
  }

  /// Ends all that goes through it.
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (server != null) {
        try {
          server.close();
          Files.deleteIfExists(socket);
        } catch (IOException e) {
          throw new UncheckedIOException("closing the relay at " + socket, e);
        }
      }
    }
    passages.forEach(Passage::cut);
  }

  /// One connection.
  private record Passage(SocketChannel near, Dial.Far far) {

    /// What goes to the engine.
    void forth() {
      try {
        copy(Channels.newInputStream(near), far.output());
        far.endOutput();
      } catch (IOException e) {
        cut(e);
      }
    }

    /// What the engine sends.
    void back() {
      try {
        copy(far.input(), Channels.newOutputStream(near));
        near.shutdownOutput();
      } catch (IOException e) {
        cut(e);
      }
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
      byte[] buffer = new byte[BUFFER];
      for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
        to.write(buffer, 0, read);
        to.flush();
      }
    }

    private void cut(IOException why) {
      LOGGER.log(System.Logger.Level.DEBUG, "a connection through the relay is cut", why);
      cut();
    }

    void cut() {
      try (near;
          far) {
        // Both, whichever fails.
      } catch (IOException e) {
        LOGGER.log(System.Logger.Level.DEBUG, "cutting a connection through the relay", e);
      }
    }
  }
}
