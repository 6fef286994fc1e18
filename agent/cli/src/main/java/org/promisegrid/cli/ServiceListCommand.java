package org.promisegrid.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Lists services.
@Command(description = "List services, and how they are.")
final class ServiceListCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(paramLabel = "NAME", arity = "0..1", description = "Only this one.")
  private Optional<String> name = Optional.empty();

  ServiceListCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Item.TableBuilder params = Item.table();
    name.ifPresent(it -> params.put("name", it));
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("service.list", params.build());
      session.answer(kept.table(), () -> ServiceLines.of(kept.list("services"), session.zone()));
      if (name.isPresent()) {
        kept.list("services").forEach(service -> ServiceLines.explain(session, service));
      }
      return 0;
    }
  }
}
