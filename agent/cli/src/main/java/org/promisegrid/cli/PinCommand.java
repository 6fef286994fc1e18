package org.promisegrid.cli;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Content that is kept whether it is used or not.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "Keep content from `grid gc`, with all that it links to.")
final class PinCommand {

  private final Session session;

  PinCommand(Session session) {
    this.session = session;
  }

  @Command(name = "add", description = "Keep content until it is removed from the list.")
  int add(
      @Parameters(paramLabel = "CID") Cid cid,
      @Option(names = "--note", paramLabel = "TEXT", description = "What for.")
          @Nullable String note) {
    Item.TableBuilder params = Item.table().put("cid", cid);
    if (note != null) {
      params.put("note", note);
    }
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("content.pin", params.build());
      return session.answer(kept.table(), () -> kept.link("cid") + "\n");
    }
  }

  @Command(name = "rm", description = "Don't keep content any more for the list's sake.")
  int remove(
      @Parameters(paramLabel = "CID") Cid cid,
      @Option(names = "--by", paramLabel = "DID", description = "Whose pin it is (default: yours).")
          @Nullable String by) {
    Item.TableBuilder params = Item.table().put("cid", cid);
    if (by != null) {
      params.put("by", by);
    }
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("content.unpin", params.build());
      return session.answer(kept.table(), () -> kept.link("cid") + "\n");
    }
  }

  @Command(name = "ls", description = "List what is kept, by whom and what for.")
  int list() {
    try (Agent agent = session.agent()) {
      Pages pages = Pages.all(agent, "content.pins", Item.EMPTY, "pins");
      return pages.answer(
          session,
          () -> {
            Rows rows = new Rows("content", "since", "by", "note");
            for (Told pin : pages.entries()) {
              rows.add(
                  pin.link("cid"),
                  Spans.text(Instant.ofEpochMilli(pin.number("since")), session.zone()),
                  pin.text("by"),
                  pin.maybeText("note").orElse(""));
            }
            return rows.text();
          });
    }
  }
}
