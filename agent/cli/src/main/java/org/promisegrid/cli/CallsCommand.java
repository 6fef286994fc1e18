package org.promisegrid.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Lists the calls that the agent remembers.
@Command(description = "List the calls that run, and those that the agent remembers.")
final class CallsCommand implements Callable<Integer> {

  private final Session session;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How many that have ended, at most (default: all).")
  private Optional<Long> limit = Optional.empty();

  CallsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try (Agent agent = session.agent()) {
      Pages pages = Pages.of(agent, "call.list", Item.EMPTY, "calls", limit);
      return pages.answer(session, () -> text(pages));
    }
  }

  private String text(Pages pages) {
    Rows rows = new Rows("started", "took", "state", "how", "function", "call");
    for (Told each : pages.entries()) {
      OptionalLong started = each.maybeNumber("started");
      rows.add(
          started.isPresent()
              ? Spans.text(Instant.ofEpochMilli(started.getAsLong()), session.zone())
              : "",
          took(each),
          each.text("state"),
          each.maybeText("how").orElse(""),
          each.link("function"),
          each.link("call"));
    }
    return rows.text();
  }

  /// From the call's coming to its answer, waiting and all.
  private static String took(Told call) {
    OptionalLong started = call.maybeNumber("started");
    OptionalLong ended = call.maybeNumber("ended");
    return started.isPresent() && ended.isPresent()
        ? Spans.text(Duration.ofMillis(ended.getAsLong() - started.getAsLong()))
        : "";
  }
}
