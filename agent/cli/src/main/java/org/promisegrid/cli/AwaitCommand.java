package org.promisegrid.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Run;
import org.promisegrid.cli.client.Told;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Waits for a call that was made before.
@Command(
    sortOptions = false,
    description = "Wait for the end of a call, and deliver as `call` does.")
final class AwaitCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(arity = "1", paramLabel = "CALL", description = "The call's CID.")
  private Optional<Cid> call = Optional.empty();

  @Option(names = "--within", paramLabel = "5s", description = "How long to wait at most.")
  private Optional<Duration> within = Optional.empty();

  @Option(names = "--out", paramLabel = "FILE", description = "Write the result there.")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--receipt", paramLabel = "FILE", description = "Write the signed receipt there.")
  private Optional<Path> receipt = Optional.empty();

  AwaitCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Cid awaited = call.orElseThrow();
    Item.TableBuilder params = Item.table().put("call", awaited);
    within.ifPresent(time -> params.put("within", time.toMillis()));
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("call.await", params.build());
      Run run = Run.within(kept.bytes("message"), awaited, agent.node());
      return new Delivery(session, agent, out, receipt).deliver(run);
    }
  }
}
