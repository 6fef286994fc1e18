package org.promisegrid.server.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Framing;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;

/// A caller at `agent.sock`.
final class Plug implements AutoCloseable {

  private final SocketChannel channel;
  private final InputStream in;

  Plug(Path socket) throws IOException {
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    in = Channels.newInputStream(channel);
  }

  void send(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      var _ = channel.write(buffer);
    }
  }

  void send(Call call) throws IOException {
    send(frame(call.message().bytes()));
  }

  static byte[] frame(byte[] message) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    Framing.write(frame, message);
    return frame.toByteArray();
  }

  Message message() throws IOException, MalformedException {
    return Message.decode(
        Framing.read(in).orElseThrow(() -> new IOException("the agent closed the stream")));
  }

  Answer answer() throws IOException, MalformedException {
    return Answer.decode(message());
  }

  Answer.Payload ask(Call call) throws IOException, MalformedException {
    send(call);
    Answer answer = answer();
    if (!answer.call().equals(call.cid())) {
      throw new AssertionError("the answer to another call");
    }
    return answer.payload();
  }

  byte[] bytes(int size) throws IOException {
    return in.readNBytes(size);
  }

  /// Whether the agent closed the stream.
  boolean isOver() throws IOException {
    return in.read() < 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
