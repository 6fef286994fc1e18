package org.promisegrid.driver.docker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Stands before an engine, and at one of the requests that change something there cuts all
/// connections for good: as far as the engine can tell, whoever sent them was killed.
final class CuttingGate implements AutoCloseable {

  /// A request begins a piece that a client sends: it waits for each answer before the next.
  private static final Pattern CHANGE =
      Pattern.compile(
          "(POST|PUT|DELETE) (?:/v[0-9.]+)?(?:/libpod)?(/[^ ?]*)[^\r]* HTTP/1[.][01]\r\n.*",
          Pattern.DOTALL);

  /// What of it happens that it is cut at.
  enum Moment {
    /// The engine doesn't hear of it.
    BEFORE,
    /// The engine does it, and nobody hears of that.
    AFTER
  }

  private final Path socket;
  private final Path engine;
  private final ServerSocketChannel server;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final List<String> changes = new CopyOnWriteArrayList<>();
  private volatile int at = Integer.MAX_VALUE;
  private volatile Moment moment = Moment.BEFORE;
  private volatile boolean cut;

  CuttingGate(Path socket, Path engine) throws IOException {
    this.socket = socket;
    this.engine = engine;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::accept);
  }

  /// From now on changes are counted, from 1.
  void arm(int number, Moment when) {
    changes.clear();
    moment = when;
    at = number;
  }

  boolean isCut() {
    return cut;
  }

  /// What the engine was asked to change since it was armed.
  List<String> changes() {
    return List.copyOf(changes);
  }

  private void accept() {
    try {
      while (true) {
        new Line(server.accept(), SocketChannel.open(UnixDomainSocketAddress.of(engine))).begin();
      }
    } catch (ClosedChannelException _) {
      // It was cut, or is closed.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void cut() {
    cut = true;
    try {
      close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (SocketChannel each : open) {
      each.close();
    }
    Files.deleteIfExists(socket);
  }

  /// One connection.
  private final class Line {
    private final SocketChannel client;
    private final SocketChannel to;
    private volatile boolean last;

    Line(SocketChannel client, SocketChannel to) {
      this.client = client;
      this.to = to;
    }

    void begin() throws IOException {
      open.add(client);
      open.add(to);
      if (cut) {
        close();
        return;
      }
      Thread.ofVirtual().start(() -> copy(client, to, true));
      Thread.ofVirtual().start(() -> copy(to, client, false));
    }

    /// @param asks whether what comes are requests
    private void copy(SocketChannel from, SocketChannel into, boolean asks) {
      ByteBuffer piece = ByteBuffer.allocate(64 << 10);
      try (from;
          into) {
        while (from.read(piece.clear()) >= 0) {
          piece.flip();
          if (cut || (asks ? isCutAt(piece) : last)) {
            cut();
            return;
          }
          while (piece.hasRemaining()) {
            into.write(piece);
          }
        }
      } catch (IOException e) {
        System.getLogger(CuttingGate.class.getName()).log(System.Logger.Level.TRACE, "ended", e);
      } finally {
        open.remove(from);
        open.remove(into);
      }
    }

    /// Whether the engine isn't to have this any more.
    private boolean isCutAt(ByteBuffer piece) {
      Matcher change = CHANGE.matcher(StandardCharsets.ISO_8859_1.decode(piece.duplicate()));
      if (!change.matches()) {
        return false;
      }
      synchronized (CuttingGate.this) {
        changes.add(change.group(1) + " " + change.group(2));
        boolean now = changes.size() == at;
        last = now && moment == Moment.AFTER;
        return now && moment == Moment.BEFORE;
      }
    }
  }
}
