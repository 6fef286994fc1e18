package org.promisegrid.server.wiring;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.sandbox.NodeId;

/// `agent.json`: tells those who know the home where its agent can be reached. It is there while
/// the agent listens, and holds no secret.
final class AgentFile {

  private static final String NAME = "agent.json";

  private final Path file;

  AgentFile(Path home) {
    this.file = home.resolve(NAME);
  }

  /// Writes it, whole or not at all.
  void write(NodeId node, String url, Path socket, String version) throws IOException {
    Item text =
        Item.table()
            .put("node", node.did())
            .put("pid", ProcessHandle.current().pid())
            .put("url", url)
            .put("socket", socket.toString())
            .put("version", version)
            .build();
    Path unfinished = file.resolveSibling(NAME + ".new");
    Files.writeString(unfinished, Json.pretty(text), StandardCharsets.UTF_8);
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  void remove() throws IOException {
    Files.deleteIfExists(file);
  }
}
