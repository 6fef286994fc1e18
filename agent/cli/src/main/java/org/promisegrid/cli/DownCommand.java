package org.promisegrid.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Running;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Ends the agent of a home.
@Command(description = "Ask the agent of the data folder to end, and wait until it has.")
final class DownCommand implements Callable<Integer> {

  private final Session session;

  @Option(names = "--within", paramLabel = "30s", description = "How long to wait at most.")
  private Duration within = UpCommand.GRACE;

  DownCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    HomeFolder home = session.home();
    // A file that an agent left when it was killed may name a process that is another's by now.
    Running running =
        home.running()
            .filter(Running::answers)
            .orElseThrow(
                () -> Failure.of(Failure.Kind.NO, "absent", "no agent runs on " + home.path()));
    Optional<ProcessHandle> process = ProcessHandle.of(running.pid());
    if (process.isPresent() && process.get().destroy()) {
      await(process.get());
    } else if (process.isPresent() && process.get().isAlive()) {
      throw Failure.agent("process " + running.pid() + " can't be asked to end by this user");
    }
    return session.answer(
        Item.table().put("pid", running.pid()).put("home", home.path().toString()).build(),
        () -> "The agent of " + home.path() + " has ended.\n");
  }

  private void await(ProcessHandle process) {
    try {
      process.onExit().get(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw Failure.agent("process " + process.pid() + " hasn't ended after " + within).because(e);
    } catch (ExecutionException e) {
      throw Failure.agent("can't wait for process " + process.pid()).because(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.agent("interrupted").because(e);
    }
  }
}
