package org.promisegrid.cli.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;

/// What an agent that is ready says of itself in its home's `agent.json`.
///
/// @param node its did:key
/// @param pid its process
/// @param url where it speaks HTTP, if it does
/// @param socket where it speaks framed messages
public record Running(String node, long pid, Optional<String> url, Path socket) {

  private static final int LONGEST = 64 << 10;

  /// Whether somebody listens at its socket: an agent that was killed leaves the file behind.
  public boolean answers() {
    try (SocketLine _ = SocketLine.open(socket)) {
      return true;
    } catch (IOException _) {
      // Nobody does, which is an answer.
      return false;
    }
  }

  /// Reads a home's `agent.json`; empty if there is none.
  static Optional<Running> read(HomeFolder home) {
    Path file = home.description();
    try {
      if (Files.size(file) > LONGEST) {
        throw damaged(file, "it is longer than " + LONGEST + " bytes");
      }
      return Optional.of(parse(home, Json.read(Files.readAllBytes(file))));
    } catch (NoSuchFileException _) {
      // No agent has said that it is ready, which is an answer.
      return Optional.empty();
    } catch (IOException e) {
      throw Failure.agent("can't read " + file + ": " + e.getMessage()).because(e);
    } catch (MalformedException e) {
      throw damaged(file, String.valueOf(e.getMessage())).because(e);
    }
  }

  private static Running parse(HomeFolder home, Item item) throws MalformedException {
    Fields fields = Fields.of(item, "agent.json");
    return new Running(
        fields.requiredText("node"),
        fields.requiredNumber("pid", 1, Long.MAX_VALUE),
        fields.text("url"),
        fields.text("socket").map(Path::of).orElse(home.socket()));
  }

  private static Failure damaged(Path file, String why) {
    return Failure.agent(file + " isn't what an agent writes: " + why);
  }
}
