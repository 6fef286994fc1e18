package org.promisegrid.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Shows what a service uses.
@Command(description = "Show what a service uses now.")
final class ServiceStatsCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(paramLabel = "NAME", description = "The service.")
  private String name = "";

  ServiceStatsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("service.stats", Item.table().put("name", name).build());
      return session.answer(kept.table(), () -> text(kept));
    }
  }

  private static String text(Told kept) {
    Rows rows =
        new Rows(
            ">replica",
            ">cpu",
            ">memory",
            ">limit",
            ">pids",
            ">received",
            ">sent",
            ">read",
            ">written",
            "");
    for (Told each : kept.list("replicas")) {
      Optional<String> why = each.maybeText("why");
      if (why.isPresent()) {
        rows.add(each.number("replica"), "", "", "", "", "", "", "", "", why.get());
      } else {
        long limit = each.number("memory_limit");
        rows.add(
            each.number("replica"),
            Spans.text(Duration.ofMillis(each.number("processor"))),
            Sizes.text(each.number("memory")),
            limit == 0 ? "-" : Sizes.text(limit),
            each.number("processes"),
            Sizes.text(each.number("received")),
            Sizes.text(each.number("sent")),
            Sizes.text(each.number("read")),
            Sizes.text(each.number("written")),
            "");
      }
    }
    return rows.text();
  }
}
