package org.promisegrid.driver.docker.service;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/// No engine: it records what it is asked for and says yes to all of it but what it is told to
/// refuse. For what no engine here can do, such as giving a GPU, or failing at a given place.
final class FakeEngine implements AutoCloseable {

  private final Path socket;
  private final ServerSocketChannel server;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile Predicate<String> refused = _ -> false;

  FakeEngine(Path socket) throws IOException {
    this.socket = socket;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::accept);
  }

  Path socket() {
    return socket;
  }

  /// The bodies of the requests to make a container.
  List<String> asked() {
    return List.copyOf(asked);
  }

  /// Has it fail at requests by their first lines, from now on.
  void refuse(Predicate<String> requests) {
    refused = requests;
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (ClosedChannelException _) {
      // It is closed.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      InputStream in = Channels.newInputStream(client);
      OutputStream out = Channels.newOutputStream(client);
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        int length = 0;
        boolean chunked = false;
        for (String field = line(in); !field.isEmpty(); field = line(in)) {
          String[] parts = field.split(":", 2);
          if (parts[0].equalsIgnoreCase("Content-Length")) {
            length = Integer.parseInt(parts[1].strip());
          }
          chunked |= parts[0].equalsIgnoreCase("Transfer-Encoding");
        }
        String body = chunked ? chunks(in) : text(in, length);
        if (line.contains("/containers/create")) {
          asked.add(body);
        }
        byte[] answer = "{\"Id\": \"fake\", \"Warnings\": []}".getBytes(StandardCharsets.UTF_8);
        String head =
            (refused.test(line) ? "HTTP/1.1 500 Internal Server Error" : "HTTP/1.1 201 Created")
                + "\r\nContent-Type: application/json\r\nContent-Length: "
                + answer.length
                + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(answer);
      }
    } catch (EOFException _) {
      // The client is done.
    } catch (IOException e) {
      System.getLogger(FakeEngine.class.getName()).log(System.Logger.Level.TRACE, "ended", e);
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("no more requests");
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.US_ASCII).strip();
  }

  private static String text(InputStream in, int length) throws IOException {
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private static String chunks(InputStream in) throws IOException {
    StringBuilder all = new StringBuilder();
    for (int size = Integer.parseInt(line(in), 16);
        size > 0;
        size = Integer.parseInt(line(in), 16)) {
      all.append(text(in, size));
      var _ = line(in);
    }
    var _ = line(in);
    return all.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket);
  }
}
