package org.promisegrid.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import picocli.CommandLine.Command;

/// Shows what the agent is and has.
@Command(description = "Show what the agent is, has and can run.")
final class StatusCommand implements Callable<Integer> {

  private final Session session;

  StatusCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("agent.status", Item.EMPTY);
      return session.answer(kept.table(), () -> text(kept, agent.where()));
    }
  }

  private String text(Told status, String where) {
    Instant started = Instant.ofEpochMilli(status.number("started"));
    Rows rows = new Rows();
    rows.add("node", status.text("node"));
    rows.add("version", status.maybeText("version").orElse(""));
    rows.add("reached by", where);
    rows.add(
        "started",
        Spans.text(started, session.zone())
            + ", "
            + Spans.text(Duration.between(started, Instant.now()))
            + " ago");
    for (String part : List.of("content", "cache", "calls")) {
      if (!status.map(part).names().isEmpty()) {
        rows.add(part, part(status.map(part)));
      }
    }
    Rows targets = new Rows("target", "status", ">running", ">of", ">memory", "about");
    for (Told target : status.list("targets")) {
      targets.add(
          target.text("target"),
          target.maybeText("status").orElse(""),
          target.maybeNumber("running").orElse(0),
          target.maybeNumber("sandboxes").orElse(0),
          Sizes.text(target.maybeNumber("memory").orElse(0)),
          target.maybeText("reason").orElse(""));
    }
    Rows skipped = new Rows("left out", "why");
    for (Told driver : status.list("skipped")) {
      skipped.add(driver.text("driver"), driver.text("reason"));
    }
    return rows.text()
        + (targets.isEmpty() ? "" : "\n" + targets.text())
        + (skipped.isEmpty() ? "" : "\n" + skipped.text());
  }

  private static String part(Told part) {
    StringBuilder text = new StringBuilder();
    for (String name : part.names()) {
      Item value = part.table().get(name).orElse(Item.NULL);
      boolean size = name.equals("bytes") || name.equals("free") || name.equals("size");
      text.append(text.isEmpty() ? "" : ", ")
          .append(name)
          .append(' ')
          .append(
              size && value instanceof Item.Int(long bytes)
                  ? Sizes.text(bytes)
                  : Json.write(value));
    }
    return text.toString();
  }
}
