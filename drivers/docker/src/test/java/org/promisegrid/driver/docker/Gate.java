package org.promisegrid.driver.docker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Stands before an engine, and can be shut: then the engine is gone, with all connections to it,
/// until the gate is opened again. What runs on the engine runs on.
final class Gate implements AutoCloseable {

  private final Path socket;
  private final Path engine;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private @Nullable ServerSocketChannel listening; // guarded by this

  Gate(Path socket, Path engine) throws IOException {
    this.socket = socket;
    this.engine = engine;
    open();
  }

  synchronized void open() throws IOException {
    Files.deleteIfExists(socket);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    listening = server;
    Thread.ofVirtual().start(() -> accept(server));
  }

  synchronized void shut() throws IOException {
    if (listening != null) {
      listening.close();
    }
    for (SocketChannel each : open) {
      each.close();
    }
    open.clear();
  }

  /// How many connections there are to the engine.
  int connections() {
    return open.size() / 2;
  }

  private void accept(ServerSocketChannel server) {
    try {
      while (true) {
        SocketChannel one = server.accept();
        SocketChannel other = SocketChannel.open(UnixDomainSocketAddress.of(engine));
        open.add(one);
        open.add(other);
        Thread.ofVirtual().start(() -> copy(one, other));
        Thread.ofVirtual().start(() -> copy(other, one));
      }
    } catch (ClosedChannelException _) {
      // It was shut.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void copy(SocketChannel from, SocketChannel to) {
    try (from;
        to) {
      InputStream in = Channels.newInputStream(from);
      OutputStream out = Channels.newOutputStream(to);
      in.transferTo(out);
    } catch (IOException e) {
      System.getLogger(Gate.class.getName()).log(System.Logger.Level.TRACE, "it ended", e);
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  @Override
  public void close() throws IOException {
    shut();
    Files.deleteIfExists(socket);
  }
}
