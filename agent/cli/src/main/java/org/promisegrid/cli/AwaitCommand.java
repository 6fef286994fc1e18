package org.promisegrid.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Reply;
import org.promisegrid.cli.client.Run;
import org.promisegrid.cli.client.Told;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Waits for a call that was made before.
@Command(
    sortOptions = false,
    description = "Wait for the end of a call, and deliver as `call` does.")
final class AwaitCommand implements Callable<Integer> {

  private static final Duration AT_ONCE = Duration.ofHours(1);

  /// The least from one question to the next.
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Session session;

  @Parameters(arity = "1", paramLabel = "CALL", description = "The call's CID.")
  private Optional<Cid> call = Optional.empty();

  @Option(names = "--within", paramLabel = "5s", description = "How long to wait at most.")
  private Optional<Duration> within = Optional.empty();

  @Mixin private Delivery.Where where = new Delivery.Where();

  AwaitCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() throws InterruptedException {
    Cid awaited = call.orElseThrow();
    try (Agent agent = session.agent()) {
      Told kept = await(agent, awaited);
      Run run = Run.within(kept.bytes("message"), awaited, agent.node());
      return new Delivery(session, agent, where).deliver(run);
    }
  }

  /// Asks again and again where no end was named: an agent waits for an hour at most.
  private Told await(Agent agent, Cid awaited) throws InterruptedException {
    long most = within.orElse(AT_ONCE).toMillis();
    while (true) {
      long asked = System.nanoTime();
      Reply reply =
          agent.ask("call.await", Item.table().put("call", awaited).put("within", most).build());
      boolean over =
          reply.answer().payload() instanceof Answer.Payload.NotPromised no
              && no.reason() == Answer.Reason.DEADLINE;
      if (!over || within.isPresent()) {
        return reply.kept("call.await");
      }
      // An agent with nothing to wait by, as on a full disk, says so at once; it isn't pressed.
      TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos() - (System.nanoTime() - asked));
    }
  }
}
