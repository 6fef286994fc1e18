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

/// The standard streams of one container, over a connection of its own.
///
/// docker-java's never end the input and chop it into small pieces, so this is a request of our own
/// that becomes two streams of bytes once the engine agrees.
public final class Attachment implements AutoCloseable {

  /// The head of an answer is shorter, however chatty the engine.
  private static final int LONGEST_HEAD = 16 << 10;

  private static final int LONGEST_COMPLAINT = 4 << 10;
  private static final int BUFFER = 64 << 10;
  private static final Pattern CONTAINER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  private final SocketChannel channel;
  private final Demultiplexer output;
  private final OutputStream input;

  private Attachment(SocketChannel channel, InputStream from, OutputStream input) {
    this.channel = channel;
    this.output = new Demultiplexer(from);
    this.input = input;
  }

  /// @throws DockerException if the engine refuses
  /// @throws IOException if there is none, or what answers is no engine
  static Attachment open(Path socket, String container) throws IOException {
    if (!CONTAINER.matcher(container).matches()) {
      throw new IllegalArgumentException("not a container's id");
    }
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    try {
      InputStream from = new BufferedInputStream(Channels.newInputStream(channel), BUFFER);
      OutputStream to = Channels.newOutputStream(channel);
      to.write(
          ("POST /containers/"
                  + container
                  + "/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\nHost: engine\r\n"
                  + "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n")
              .getBytes(US_ASCII));
      upgrade(from);
      return new Attachment(channel, from, to);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /// Reads the head of the answer, to the byte: what comes behind it is the container's.
  static void upgrade(InputStream from) throws IOException {
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

  /// What the container writes to its standard output.
  public InputStream output() {
    return output;
  }

  /// The container's standard input; it stays open when this connection doesn't.
  public OutputStream input() {
    return input;
  }

  /// The end of what the container wrote to its standard error.
  public String complaints() {
    return output.complaints();
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
