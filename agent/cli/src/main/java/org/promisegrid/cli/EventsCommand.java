package org.promisegrid.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Reply;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Shows what happened, and what happens.
@Command(
    sortOptions = false,
    description = "Show what happened on the node, and with --follow what happens.")
final class EventsCommand implements Callable<Integer> {

  private final Session session;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on until interrupted.")
  private boolean follow;

  @Option(names = "--after", paramLabel = "OFFSET", description = "Only what came after that one.")
  private Optional<Long> after = Optional.empty();

  EventsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Item.TableBuilder params = Item.table();
    after.ifPresent(offset -> params.put("after", offset));
    if (follow) {
      params.put("follow", true);
    }
    try (Agent agent = session.agent()) {
      Reply reply = agent.ask("agent.events", params.build());
      long last = reply.kept("agent.events").number("last");
      long at = after.orElse(0L);
      // The agent keeps the connection for further calls: after the last event nothing comes.
      while (follow || at < last) {
        Optional<Event> event = Agent.event(reply.after());
        if (event.isEmpty()) {
          break;
        }
        at = event.get().offset();
        session.line(session.isJson() ? Json.write(item(event.get())) : text(event.get()));
        if (follow) {
          session.flush();
        }
      }
      return 0;
    }
  }

  private String text(Event event) {
    return String.format(
        "%8d  %s  %-20s %s",
        event.offset(),
        Spans.text(event.time(), session.zone()),
        Plain.line(event.kind()),
        Plain.line(Json.write(event.detail())));
  }

  /// An event, for programs.
  static Item item(Event event) {
    return Item.table()
        .put("offset", event.offset())
        .put("time", event.time().toEpochMilli())
        .put("kind", event.kind())
        .put("detail", event.detail())
        .build();
  }
}
