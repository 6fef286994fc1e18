package org.promisegrid.cli.client;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import org.promisegrid.kernel.message.Framing;

/// Framed messages over an agent's Unix domain socket.
final class SocketLine implements Line {

  private static final int BUFFER = 64 << 10;

  private final Path socket;
  private final SocketChannel channel;
  private final InputStream in;
  private final OutputStream out;

  private SocketLine(Path socket, SocketChannel channel) {
    this.socket = socket;
    this.channel = channel;
    this.in = new BufferedInputStream(Channels.newInputStream(channel), BUFFER);
    this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
  }

  /// Connects.
  static SocketLine open(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return new SocketLine(socket, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public InputStream exchange(byte[] message, Optional<Body> body) throws IOException {
    try {
      Framing.write(out, message);
      if (body.isPresent()) {
        body.get().send(out);
      }
      out.flush();
    } catch (IOException e) {
      // An agent that refuses doesn't wait for the rest of a body: its answer may be there already.
      if (!answered(e)) {
        throw e;
      }
    }
    return in;
  }

  private boolean answered(IOException failure) {
    try {
      in.mark(1);
      boolean answered = in.read() >= 0;
      in.reset();
      return answered;
    } catch (IOException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  @Override
  public String to() {
    return socket.toString();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
