package org.promisegrid.cli;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Reply;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Names that point to content.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "Names: get, set, list them, and see what they named before.")
final class RefCommand {

  private final Session session;

  RefCommand(Session session) {
    this.session = session;
  }

  @Command(name = "get", description = "Show what a name points to.")
  int get(@Parameters(paramLabel = "NAME") String name) {
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("ref.get", Item.table().put("name", name).build());
      return session.answer(kept.table(), () -> kept.link("head") + "\n");
    }
  }

  @Command(
      name = "set",
      description = "Make a name point to content; a change by others meanwhile is a conflict.")
  int set(
      @Parameters(paramLabel = "NAME") String name,
      @Parameters(paramLabel = "CID") Cid head,
      @Option(
              names = "--base",
              paramLabel = "CID",
              description = "What it must point to now (default: whatever it does).")
          @Nullable Cid base,
      @Option(names = "--new", description = "It must not be there yet.") boolean isNew) {
    try (Agent agent = session.agent()) {
      Optional<Cid> from =
          isNew ? Optional.empty() : Optional.ofNullable(base).or(() -> head(agent, name));
      Told kept = propose(agent, name, from, head);
      return session.answer(kept.table(), () -> kept.link("head") + "\n");
    }
  }

  @Command(name = "ls", description = "List names.")
  int list(@Parameters(paramLabel = "PREFIX", arity = "0..1") @Nullable String prefix) {
    try (Agent agent = session.agent()) {
      Rows rows = new Rows("name", "head", "changed");
      Item all = list(agent, Optional.ofNullable(prefix), rows, session);
      return session.answer(all, rows::text);
    }
  }

  @Command(name = "log", description = "Show what a name pointed to, newest first.")
  int log(
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--limit", paramLabel = "N", description = "How many at most (default: all).")
          @Nullable Long limit) {
    Item.Table params = Item.table().put("name", name).build();
    try (Agent agent = session.agent()) {
      Pages pages = Pages.of(agent, "ref.log", params, "entries", Optional.ofNullable(limit));
      return pages.answer(
          session,
          () -> {
            Rows rows = new Rows("when", "head", "by");
            for (Told entry : pages.entries()) {
              rows.add(
                  Spans.text(Instant.ofEpochMilli(entry.number("at")), session.zone()),
                  entry.link("head"),
                  entry.maybeText("by").orElse(""));
            }
            return rows.text();
          });
    }
  }

  /// All names that begin so, page after page.
  static Item.Table list(Agent agent, Optional<String> prefix, Rows rows, Session session) {
    Item.TableBuilder params = Item.table();
    prefix.ifPresent(text -> params.put("prefix", text));
    Pages pages = Pages.all(agent, "ref.list", params.build(), "refs");
    for (Told ref : pages.entries()) {
      OptionalLong changed = ref.maybeNumber("changed");
      rows.add(
          ref.text("name"),
          ref.link("head"),
          changed.isPresent()
              ? Spans.text(Instant.ofEpochMilli(changed.getAsLong()), session.zone())
              : "");
    }
    return pages.table();
  }

  /// What a name points to now.
  static Optional<Cid> head(Agent agent, String name) {
    Reply reply = agent.ask("ref.get", Item.table().put("name", name).build());
    if (reply.answer().payload() instanceof Answer.Payload.NotPromised no
        && no.reason() == Answer.Reason.ABSENT) {
      return Optional.empty();
    }
    return Optional.of(reply.kept("ref.get").link("head"));
  }

  /// Proposes that a name point to `head`.
  static Told propose(Agent agent, String name, Optional<Cid> base, Cid head) {
    Item.TableBuilder params = Item.table().put("name", name).put("head", head);
    base.ifPresent(cid -> params.put("base", cid));
    try {
      return agent.kept("ref.propose", params.build());
    } catch (Failure failure) {
      throw failure.reason().equals("conflict")
          ? failure.hint("`grid ref log " + name + "` shows whose change it is")
          : failure;
    }
  }
}
