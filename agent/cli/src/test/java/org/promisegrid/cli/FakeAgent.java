package org.promisegrid.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Framing;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.token.CoseSign1;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.Issuer;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// The socket and the home of an agent that answers as a test tells it to, truly or not.
final class FakeAgent implements AutoCloseable {

  private static final SecureRandom RANDOM = new SecureRandom();

  final SigningKey node = SigningKey.generate(RANDOM);
  final SigningKey owner = SigningKey.generate(RANDOM);
  final Path home;

  /// What it was asked, in turn.
  final List<Call> calls = new CopyOnWriteArrayList<>();

  private final ServerSocketChannel door;
  private final Function<Call, byte[]> answers;
  private volatile boolean last;

  /// @param home an empty folder
  /// @param answers the raw bytes to send back on a call; empty ones hang up
  FakeAgent(Path home, Function<Call, byte[]> answers) throws IOException {
    this.home = home;
    this.answers = answers;
    Path keys = Files.createDirectories(home.resolve("keys"));
    KeyFile.write(keys.resolve("owner.pem"), owner);
    Issuer issuer =
        new Issuer(node, Protocols.cid("token"), InstantSource.system(), new SecureRandom());
    Files.writeString(keys.resolve("root.token"), issuer.root(Grant.to(owner.did())).text() + "\n");
    Path socket = home.resolve("agent.sock");
    door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    door.bind(UnixDomainSocketAddress.of(socket));
    Files.writeString(
        home.resolve("agent.json"),
        Json.write(
            Item.table()
                .put("node", node.did().toString())
                .put("pid", ProcessHandle.current().pid())
                .put("socket", socket.toString())
                .build()));
    Thread.ofVirtual().start(this::accept);
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel line = door.accept();
        Thread.ofVirtual().start(() -> serve(line));
      }
    } catch (ClosedChannelException _) {
      // The test is over.
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(SocketChannel line) {
    try (line;
        InputStream in = Channels.newInputStream(line);
        OutputStream out = Channels.newOutputStream(line)) {
      for (Optional<byte[]> frame = Framing.read(in); frame.isPresent(); frame = Framing.read(in)) {
        Call call = Call.decode(Message.decode(frame.get()));
        calls.add(call);
        if (call.params().get("size").orElse(Item.NULL) instanceof Item.Int(long size)) {
          in.skipNBytes(size);
        }
        byte[] answer = answers.apply(call);
        if (answer.length == 0) {
          return;
        }
        out.write(answer);
        if (last) {
          return;
        }
      }
    } catch (IOException | MalformedException e) {
      throw new IllegalStateException("a test's line broke", e);
    }
  }

  /// Closes the line after the next answer.
  void hangUpAfterNext() {
    last = true;
  }

  /// The frame of an answer that `key` signs.
  static byte[] answer(SigningKey key, Cid call, Payload payload) {
    byte[] proof =
        CoseSign1.detached(
            key,
            CoseSign1.EDDSA,
            Answer.signedContent(call, Answer.payloadBytes(payload)),
            Protocols.ANSWER);
    return frame(Answer.encode(call, payload, proof));
  }

  /// The frame of what a kernel function keeps.
  byte[] kept(Call call, Item value) {
    return answer(node, call.cid(), new Payload.Kept(value));
  }

  /// Something in a frame.
  static byte[] frame(byte[] message) {
    try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      Framing.write(out, message);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What a command led to.
  record Ended(int code, String out, String err) {}

  /// Runs a command of this home.
  Ended run(String... arguments) {
    return run(Map.of("GRID_HOME", home.toString()), "", arguments);
  }

  /// Runs a command of this home, where some of its streams are terminals.
  Ended runOn(String terminals, String... arguments) {
    return run(Map.of("GRID_HOME", home.toString()), "", terminals, List.of(arguments));
  }

  /// Runs a command in this process.
  static Ended run(Map<String, String> environment, String input, String... arguments) {
    return run(environment, input, "", List.of(arguments));
  }

  private static Ended run(
      Map<String, String> environment, String input, String terminals, List<String> arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Session session =
        new Session(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            out,
            err,
            environment,
            terminals);
    int code = Grid.run(session, arguments.toArray(String[]::new));
    return new Ended(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    door.close();
  }
}
