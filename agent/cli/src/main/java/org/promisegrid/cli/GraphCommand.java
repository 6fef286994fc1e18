package org.promisegrid.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows what content refers to, or what refers to it.
@Command(
    sortOptions = false,
    description = "Show what content was made from (--down), or what came of it (--up).")
final class GraphCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(arity = "1", paramLabel = "CID", description = "Where to begin.")
  private Optional<Cid> cid = Optional.empty();

  @Option(names = "--down", description = "To what it refers to (default).")
  private boolean down;

  @Option(names = "--up", description = "To what refers to it.")
  private boolean up;

  @Option(names = "--depth", paramLabel = "N", description = "How far to go (default: 64).")
  private int depth = 64;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How much to show at most (default: 10000, which is all that an agent tells).")
  private int limit = 10_000;

  GraphCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Cid from = cid.orElseThrow();
    if (up && down) {
      throw Failure.usage("--up and --down contradict each other");
    }
    Item.Table params =
        Item.table()
            .put("cid", from)
            .put("direction", up ? "up" : "down")
            .put("depth", depth)
            .put("limit", limit)
            .build();
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("content.graph", params);
      int code = session.answer(kept.table(), () -> text(from, kept, up));
      if (kept.is("more")) {
        session.more("--depth or --limit ends it here; go on from where it ends");
      }
      return code;
    }
  }

  /// The graph as an indented tree: each node is unfolded where it first appears.
  static String text(Cid from, Told graph, boolean up) {
    Map<Cid, String> kinds = new HashMap<>();
    for (Told node : graph.list("nodes")) {
      kinds.put(node.link("cid"), node.maybeText("kind").orElse(""));
    }
    Map<Cid, List<Cid>> next = new HashMap<>();
    for (Item edge : graph.items("edges")) {
      if (!(edge instanceof Item.Array(List<Item> ends))
          || ends.size() != 2
          || !(ends.getFirst() instanceof Item.Link(Cid source))
          || !(ends.getLast() instanceof Item.Link(Cid target))) {
        throw Failure.agent("the agent's graph has an edge that is no pair of links");
      }
      next.computeIfAbsent(up ? target : source, _ -> new ArrayList<>()).add(up ? source : target);
    }
    StringBuilder text = new StringBuilder();
    unfold(from, "", "", kinds, next, new HashSet<>(), text);
    return text.toString();
  }

  private static void unfold(
      Cid at,
      String lead,
      String indent,
      Map<Cid, String> kinds,
      Map<Cid, List<Cid>> next,
      Set<Cid> seen,
      StringBuilder text) {
    List<Cid> children = next.getOrDefault(at, List.of());
    boolean again = !seen.add(at) && !children.isEmpty();
    text.append(lead).append(at).append("  ").append(Plain.line(kinds.getOrDefault(at, "")));
    text.append(again ? " (above)\n" : "\n");
    if (again) {
      return;
    }
    for (int i = 0; i < children.size(); i++) {
      boolean last = i == children.size() - 1;
      unfold(
          children.get(i),
          indent + (last ? "└─ " : "├─ "),
          indent + (last ? "   " : "│  "),
          kinds,
          next,
          seen,
          text);
    }
  }
}
