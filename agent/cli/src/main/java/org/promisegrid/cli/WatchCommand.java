package org.promisegrid.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Reply;
import org.promisegrid.cli.client.Run;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows what a run writes while it runs.
@Command(
    description = "Show what a call's run writes, from its beginning, until it ends.",
    footer = {
      "",
      "What it writes goes to the standard output, its log to the standard error, and it ends as the",
      "call does. Watching doesn't keep a run going. `grid calls` lists the calls that run."
    })
final class WatchCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(arity = "1", paramLabel = "CALL", description = "The call's CID.")
  private Optional<Cid> call = Optional.empty();

  @Option(
      names = "--raw",
      description = "To a terminal, too, write what it writes as it is: a terminal may obey it.")
  private boolean raw;

  /// How many bytes of output and log were shown.
  private long output;

  private long log;

  WatchCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    int[] ended = new int[1];
    Delivery.show(session, raw, to -> ended[0] = watch(call.orElseThrow(), to));
    return ended[0];
  }

  private int watch(Cid watched, OutputStream to) {
    try (Agent agent = session.agent()) {
      Reply reply = agent.ask("call.watch", Item.table().put("call", watched).build());
      var _ = reply.kept("call.watch");
      while (true) {
        Event event =
            Agent.event(reply.after())
                .orElseThrow(() ->
                    Failure.agent("the agent told no more of the call before it ended")
                        .hint("`grid await " + watched + "` waits for its end"));
        if (session.isJson()) {
          session.line(Json.write(EventsCommand.item(event)));
        } else {
          show(event, to);
        }
        session.flush();
        if (event.kind().equals("ended")) {
          return ended(agent, watched, Told.of(event.detail(), "call.watch"));
        }
      }
    }
  }

  private void show(Event event, OutputStream to) {
    Told detail = Told.of(event.detail(), "call.watch");
    switch (event.kind()) {
      case "output" -> {
        byte[] bytes = detail.bytes("bytes");
        missing(detail.number("at") - output, "output");
        output = detail.number("at") + bytes.length;
        write(to, bytes);
      }
      case "log" -> {
        byte[] bytes = detail.bytes("bytes");
        missing(detail.number("at") - log, "log");
        log = detail.number("at") + bytes.length;
        session.log(bytes);
      }
      case "again" -> {
        output = 0;
        log = 0;
        session
            .err()
            .println("grid: contact with it was lost; what was shown is void, it runs once more");
      }
      case "bringing" -> session.err().println("grid: " + Plain.line(detail.text("far")));
      default -> session.note(event.kind());
    }
  }

  /// A watcher that reads too slowly misses bytes, and is told so.
  private void missing(long bytes, String of) {
    if (bytes > 0) {
      session.err().println("grid: " + bytes + " bytes of its " + of + " aren't shown");
    }
  }

  private static void write(OutputStream to, byte[] bytes) {
    try {
      to.write(bytes);
    } catch (IOException e) {
      throw Failure.output(e);
    }
  }

  private int ended(Agent agent, Cid watched, Told detail) {
    if (detail.maybeLink("receipt").isEmpty()) {
      throw Failure.of(
          Failure.Kind.AGENT,
          detail.maybeText("reason").orElse("unable"),
          "nothing was promised for the call: "
              + detail.maybeText("reason").orElse("it doesn't say"));
    }
    Told kept = agent.kept("call.await", Item.table().put("call", watched).build());
    Run run = Run.within(kept.bytes("message"), watched, agent.node());
    session.note(Plain.line(Delivery.summary(run)));
    return Delivery.exit(run.receipt().body().outcome());
  }
}
