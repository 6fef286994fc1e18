package org.promisegrid.kernel.stack;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.promisegrid.kernel.dispatch.Alarms;

/// One GET of a service, of which only the status counts.
///
/// On a socket of its own: the clients of the JDK bound each read, or try again by themselves, and
/// a service that sends a byte now and then would keep them busy without end.
final class HttpProbe {

  /// Of what comes before the headers of the answer; some say first that they go on.
  private static final int MOST_HEAD = 64 << 10;

  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[0-9] ([0-9]{3})(?: .*)?");

  private static final int SWITCHING_PROTOCOLS = 101;

  private final Alarms alarms;

  HttpProbe(Alarms alarms) {
    this.alarms = alarms;
  }

  /// What was wrong, if something was; at the latest once `timeout` has passed.
  Optional<String> run(InetAddress address, int port, String path, Duration timeout)
      throws IOException {
    byte[] request;
    try {
      request = request(address, port, path);
    } catch (IllegalArgumentException e) {
      return Optional.of("no URL can be made of the path " + path);
    }
    AtomicBoolean late = new AtomicBoolean();
    try (Socket socket = new Socket(Proxy.NO_PROXY)) {
      Alarms.Alarm bound =
          alarms.set(
              timeout,
              () -> {
                late.set(true);
                close(socket);
              });
      try {
        socket.connect(new InetSocketAddress(address, port));
        socket.getOutputStream().write(request);
        int code = code(new BufferedInputStream(socket.getInputStream()));
        return code >= 200 && code < 400
            ? Optional.empty()
            : Optional.of("GET " + path + " is answered by " + code);
      } catch (IOException e) {
        if (late.get()) {
          return Optional.of("GET " + path + " takes longer than " + timeout.toMillis() + " ms");
        }
        throw e;
      } finally {
        bound.cancel();
      }
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing the connection of a probe", e);
    }
  }

  private static byte[] request(InetAddress address, int port, String path) {
    String host =
        address instanceof Inet6Address
            ? "[" + address.getHostAddress() + "]"
            : address.getHostAddress();
    URI uri = URI.create("http://" + host + ":" + port + path);
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return """
    GET %s HTTP/1.1\r
    Host: %s\r
    User-Agent: grid\r
    Accept: */*\r
    Connection: close\r
    \r
    """
        .formatted(uri.getRawPath() + query, uri.getRawAuthority())
        .getBytes(US_ASCII);
  }

  private static int code(InputStream in) throws IOException {
    Head head = new Head(in);
    while (true) {
      Matcher status = STATUS.matcher(head.line());
      if (!status.matches()) {
        throw new IOException("what answers speaks no HTTP");
      }
      int code = Integer.parseInt(status.group(1));
      if (code >= 200 || code == SWITCHING_PROTOCOLS) {
        return code;
      }
      while (!head.line().isEmpty()) {
        // Headers of a status before the one that counts.
      }
    }
  }

  /// Lines, not without end.
  private static final class Head {
    private final InputStream in;
    private int left = MOST_HEAD;

    Head(InputStream in) {
      this.in = in;
    }

    String line() throws IOException {
      StringBuilder line = new StringBuilder();
      while (left-- > 0) {
        int next = in.read();
        if (next < 0) {
          throw new EOFException("the connection ended before the answer");
        }
        if (next == '\n') {
          return line.toString().stripTrailing();
        }
        line.append((char) next);
      }
      throw new IOException("the answer begins with more than " + MOST_HEAD + " bytes");
    }
  }
}
