package org.promisegrid.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Reply;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows what a service wrote.
@Command(
    sortOptions = false,
    description = "Show what a service wrote, as far as it is kept.",
    footer = {
      "",
      "What it wrote to its standard error goes there. --follow goes on through restarts, until it",
      "is stopped or you interrupt."
    })
final class ServiceLogsCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(paramLabel = "NAME", description = "The service.")
  private String name = "";

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what it writes from now on.")
  private boolean follow;

  @Option(
      names = {"-n", "--tail"},
      paramLabel = "N",
      description = "Only the last N lines (of each replica).")
  private Optional<Long> tail = Optional.empty();

  @Option(
      names = "--since",
      paramLabel = "10m|2027-01-31T12:00",
      description = "Only what was written since then, or within that time.")
  private Optional<String> since = Optional.empty();

  @Option(names = "--replica", paramLabel = "N", description = "Only this replica's.")
  private Optional<Long> replica = Optional.empty();

  @Option(
      names = {"-t", "--timestamps"},
      description = "Begin each piece with its time, and its replica.")
  private boolean timestamps;

  @Option(
      names = "--raw",
      description = "To a terminal, too, write what it wrote as it is: a terminal may obey it.")
  private boolean raw;

  ServiceLogsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Item.TableBuilder params = Item.table().put("name", name);
    tail.ifPresent(lines -> params.put("tail", lines));
    replica.ifPresent(number -> params.put("replica", number));
    since.ifPresent(text -> params.put("since", point(text).toEpochMilli()));
    if (follow) {
      params.put("follow", true);
    }
    Delivery.show(session, raw, to -> show(params.build(), to));
    return 0;
  }

  /// A time, or as long ago as a span is.
  private Instant point(String text) {
    Instant now = Instant.now();
    try {
      Instant point = Spans.point(text, now, session.zone());
      return point.isAfter(now) ? now.minus(Duration.between(now, point)) : point;
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }

  private void show(Item.Table params, OutputStream to) {
    try (Agent agent = session.agent()) {
      Reply reply = agent.ask("service.logs", params);
      var _ = reply.kept("service.logs");
      while (true) {
        Event event =
            Agent.event(reply.after())
                .orElseThrow(() -> Failure.agent("the agent told no more of the log"));
        if (session.isJson()) {
          session.line(Json.write(EventsCommand.item(event)));
        }
        Told detail = Told.of(event.detail(), "service.logs");
        if (event.kind().equals("ended")) {
          detail
              .maybeText("why")
              .ifPresent(why -> {
                throw Failure.of(Failure.Kind.NO, "incomplete", "that isn't all: " + why);
              });
          return;
        }
        if (!session.isJson()) {
          write(event, detail, to);
        }
        session.flush();
      }
    }
  }

  private void write(Event event, Told detail, OutputStream to) {
    if (!event.kind().equals("log")) {
      session.note(event.kind());
      return;
    }
    byte[] bytes = detail.bytes("bytes");
    byte[] head = timestamps ? head(detail) : new byte[0];
    if (detail.is("error")) {
      session.log(head);
      session.log(bytes);
    } else {
      try {
        to.write(head);
        to.write(bytes);
        to.flush();
      } catch (IOException e) {
        throw Failure.output(e);
      }
    }
  }

  private static byte[] head(Told detail) {
    String head = Instant.ofEpochMilli(detail.number("at")) + " " + detail.number("replica") + " ";
    return head.getBytes(StandardCharsets.UTF_8);
  }
}
