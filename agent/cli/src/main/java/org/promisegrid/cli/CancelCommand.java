package org.promisegrid.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Leaves a call; the run stops if nobody else waits for it.
@Command(description = "Cancel a call: its run stops, unless others wait for it, too.")
final class CancelCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(arity = "1", paramLabel = "CALL", description = "The call's CID.")
  private Optional<Cid> call = Optional.empty();

  CancelCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("call.cancel", Item.table().put("call", call.orElseThrow()).build());
      return session.answer(
          kept.table(),
          () -> kept.link("call") + " " + Plain.line(kept.maybeText("state").orElse("")) + "\n");
    }
  }
}
