package org.promisegrid.driver.docker.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// One request of our own to an engine, and the bytes of its answer as they come: for streams,
/// which docker-java chops into small pieces and whose input it never ends.
public final class Wire implements AutoCloseable {

  /// The head of an answer is shorter, however chatty the engine.
  private static final int LONGEST_HEAD = 16 << 10;

  private static final int LONGEST_COMPLAINT = 4 << 10;
  private static final int BUFFER = 64 << 10;

  private final SocketChannel channel;
  private final InputStream from;
  private final OutputStream to;

  private Wire(SocketChannel channel, InputStream from, OutputStream to) {
    this.channel = channel;
    this.from = from;
    this.to = to;
  }

  /// Asks for something that comes until the engine hangs up: by the older protocol, in which an
  /// answer isn't cut into chunks.
  static Wire get(Path socket, String path) throws IOException {
    return open(socket, "GET " + path + " HTTP/1.0\r\nHost: engine\r\n\r\n", new byte[0]);
  }

  /// Has something done of which comes what it is like until the engine hangs up.
  ///
  /// @param header a line of the request's head, or nothing
  static Wire post(Path socket, String path, String header) throws IOException {
    return open(
        socket,
        "POST "
            + path
            + " HTTP/1.0\r\nHost: engine\r\nContent-Length: 0\r\n"
            + (header.isEmpty() ? "" : header + "\r\n")
            + "\r\n",
        new byte[0]);
  }

  /// Has something done of which the answer comes until the engine hangs up.
  ///
  /// @param body JSON
  static Wire post(Path socket, String path, byte[] body) throws IOException {
    return open(
        socket,
        "POST "
            + path
            + " HTTP/1.0\r\nHost: engine\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n",
        body);
  }

  /// Asks for a connection that both sides write to.
  ///
  /// @param body JSON, or nothing
  static Wire upgrade(Path socket, String path, byte[] body) throws IOException {
    return open(
        socket,
        "POST "
            + path
            + " HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            + (body.length == 0 ? "" : "Content-Type: application/json\r\n")
            + "Content-Length: "
            + body.length
            + "\r\n\r\n",
        body);
  }

  /// @throws DockerException if the engine refuses
  /// @throws IOException if there is none, or what answers is no engine
  private static Wire open(Path socket, String head, byte[] body) throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    try {
      InputStream from = new BufferedInputStream(Channels.newInputStream(channel), BUFFER);
      OutputStream to = Channels.newOutputStream(channel);
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.writeBytes(head.getBytes(US_ASCII));
      request.writeBytes(body);
      to.write(request.toByteArray());
      agreed(from);
      return new Wire(channel, from, to);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /// Reads the head of the answer, to the byte: what comes behind it is what was asked for.
  static void agreed(InputStream from) throws IOException {
    String head = head(from);
    String[] words = head.split("\r?\n", 2)[0].split(" ", 3);
    if (words.length < 2
        || !words[0].startsWith("HTTP/1.")
        || !words[1].matches("[1-5][0-9][0-9]")) {
      throw new IOException("what answers is no engine");
    }
    int status = Integer.parseInt(words[1]);
    if (status == 101 || status == 200) { // the older way is an answer without an end
      return;
    }
    String why = new String(from.readNBytes(body(head)), UTF_8).strip();
    throw switch (status) {
      case 404 -> new NotFoundException(why);
      case 409 -> new ConflictException(why);
      default -> new DockerException(why, status);
    };
  }

  private static String head(InputStream from) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int newlines = 0;
    while (newlines < 2) {
      int next = from.read();
      if (next < 0) {
        throw new EOFException("the engine hung up");
      }
      if (head.size() == LONGEST_HEAD) {
        throw new IOException("an answer of more than " + LONGEST_HEAD + " bytes before its body");
      }
      head.write(next);
      newlines = next == '\n' ? newlines + 1 : next == '\r' ? newlines : 0;
    }
    return head.toString(US_ASCII);
  }

  /// How much of a refusal's text to wait for: what it says it has, or none.
  private static int body(String head) {
    var length = Pattern.compile("(?im)^content-length:[ \t]*([0-9]{1,9})[ \t]*\r?$").matcher(head);
    return length.find() ? Math.min(Integer.parseInt(length.group(1)), LONGEST_COMPLAINT) : 0;
  }

  /// What the engine sends.
  public InputStream input() {
    return from;
  }

  /// What goes to the engine.
  public OutputStream output() {
    return to;
  }

  /// Tells the engine that no more comes. What it sends still arrives.
  public void endOutput() throws IOException {
    channel.shutdownOutput();
  }

  /// Ends reads and writes that are under way. Idempotent.
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("hanging up on the engine", e);
    }
  }
}
