package org.promisegrid.cli;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Services: what is kept running.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "Services, which are kept running: start, stop, restart, remove, look into.")
final class ServiceCommand {

  private final Session session;

  ServiceCommand(Session session) {
    this.session = session;
  }

  @Command(
      name = "stop",
      description = "Stop a service, until somebody starts it. Its log and its volumes stay.")
  int stop(
      @Parameters(paramLabel = "NAME") String name,
      @Option(
              names = "--wait",
              paramLabel = "30s",
              defaultValue = "30s",
              description = "How long to wait for its end (default: 30s).")
          Duration wait) {
    try (Agent agent = session.agent()) {
      Told line = agent.kept("service.stop", params(name, wait).build());
      if (line.text("state").equals("stopping")) {
        session.err().println("grid: it is still ending");
      }
      return session.answer(line.table(), lines(line));
    }
  }

  @Command(name = "restart", description = "Stop a service and start it again, once.")
  int restart(
      @Parameters(paramLabel = "NAME") String name,
      @Option(
              names = "--wait",
              paramLabel = "30s",
              defaultValue = "30s",
              description = "How long to wait for it to run, and to be well (default: 30s).")
          Duration wait) {
    try (Agent agent = session.agent()) {
      Told line = agent.kept("service.restart", params(name, wait).build());
      session.answer(line.table(), lines(line));
      return ServiceLines.report(session, line);
    }
  }

  @Command(name = "rm", description = "Stop a service and remove it, with its log.")
  int remove(
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--volumes", description = "Remove its volumes, too, with all in them.")
          boolean volumes,
      @Option(
              names = "--wait",
              paramLabel = "30s",
              defaultValue = "30s",
              description = "How long to wait until nothing is left of it (default: 30s).")
          Duration wait) {
    Item.TableBuilder params = params(name, wait);
    if (volumes) {
      params.put("volumes", true);
    }
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("service.remove", params.build());
      session.answer(kept.table(), () -> "");
      if (!kept.is("gone")) {
        session.err().println("grid: something of " + Plain.line(name) + " is still there");
        return Failure.Kind.NO.exit();
      }
      return 0;
    }
  }

  private Supplier<String> lines(Told line) {
    return () -> ServiceLines.of(List.of(line), session.zone());
  }

  private static Item.TableBuilder params(String name, Duration wait) {
    return Item.table().put("name", name).put("within", wait.toMillis());
  }
}
