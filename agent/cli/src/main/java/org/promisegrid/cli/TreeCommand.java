package org.promisegrid.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Lists a directory that is content.
@Command(description = "List a directory that was put.")
final class TreeCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(index = "0", arity = "1", paramLabel = "CID", description = "The directory's name.")
  private Optional<Cid> cid = Optional.empty();

  @Parameters(index = "1", arity = "0..1", paramLabel = "PATH", description = "A path in it.")
  private Optional<String> path = Optional.empty();

  TreeCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Item.TableBuilder params = Item.table().put("cid", cid.orElseThrow());
    path.ifPresent(inside -> params.put("path", inside));
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("content.tree", params.build());
      return session.answer(kept.table(), () -> text(kept));
    }
  }

  private static String text(Told kept) {
    Rows rows = new Rows("type", ">size", "CID", "name");
    for (Told entry : kept.list("entries")) {
      String name = entry.text("name");
      rows.add(
          entry.maybeText("type").orElseGet(() -> String.valueOf(entry.number("type"))),
          entry.maybeNumber("size").isPresent() ? Sizes.text(entry.number("size")) : "",
          entry.maybeLink("cid").map(Cid::toString).orElse(""),
          entry.maybeText("target").map(target -> name + " → " + target).orElse(name));
    }
    return rows.text();
  }
}
