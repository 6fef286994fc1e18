package org.promisegrid.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Diagnostic;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Shows a message as text.
@Command(description = "Show a message or any CBOR in diagnostic notation (RFC 8949 §8).")
final class DecodeCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(paramLabel = "FILE|CID|-", defaultValue = "-", description = "What to show.")
  private String what = "-";

  DecodeCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    byte[] bytes = bytes();
    try {
      Item item = Message.begins(bytes) ? Message.decode(bytes).item() : Cbor.decode(bytes);
      return session.answer(item, () -> Diagnostic.pretty(item).stripTrailing() + "\n");
    } catch (MalformedException e) {
      throw Failure.of(
              Failure.Kind.NO, "malformed", what + " is not what a grid reads: " + e.getMessage())
          .because(e);
    }
  }

  private byte[] bytes() {
    Optional<Cid> cid = Callee.parse(what);
    if (cid.isPresent()) {
      try (Agent agent = session.agent()) {
        return agent.get(cid.get(), Message.MAX_SIZE);
      }
    }
    try (InputStream in = what.equals("-") ? session.in() : Files.newInputStream(Path.of(what))) {
      byte[] bytes = in.readNBytes(Message.MAX_SIZE + 1);
      if (bytes.length > Message.MAX_SIZE) {
        throw Failure.usage(what + " is longer than any message");
      }
      return bytes;
    } catch (IOException e) {
      throw Failure.usage("can't read " + what + ": " + e.getMessage()).because(e);
    }
  }
}
