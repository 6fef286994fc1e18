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
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Ends the agent of a home.
@Command(
    sortOptions = false,
    description = "Ask the agent of the data folder to end, and wait until it has.",
    footer = {
      "",
      "It takes no calls from then on, and lets those that run come to their end for a while."
    })
final class DownCommand implements Callable<Integer> {

  private final Session session;

  @Option(
      names = "--within",
      paramLabel = "60s",
      description = "How long to wait at most (default: ${DEFAULT-VALUE}).",
      defaultValue = "60s")
  private Duration within = Duration.ofSeconds(60);

  @Option(names = "--kill", description = "If it hasn't ended by then, end it all the same.")
  private boolean kill;

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
    // Between reading that file and asking, one agent may have ended and another begun.
    if (home.holder().orElse(running.pid()) != running.pid()) {
      throw Failure.agent("the agent of " + home.path() + " is just starting")
          .hint("ask again in a moment");
    }
    Optional<ProcessHandle> process = ProcessHandle.of(running.pid());
    if (process.isPresent() && process.get().destroy()) {
      end(process.get());
    } else if (process.isPresent() && process.get().isAlive()) {
      throw Failure.agent("process " + running.pid() + " can't be asked to end by this user");
    }
    return session.answer(
        Item.table().put("pid", running.pid()).put("home", home.path().toString()).build(),
        () -> "The agent of " + home.path() + " has ended.\n");
  }

  private void end(ProcessHandle process) {
    if (ends(process, within)) {
      return;
    }
    if (!kill) {
      throw Failure.agent("process " + process.pid() + " hasn't ended after " + Spans.text(within))
          .hint(
              "wait longer by --within, or end it all the same by --kill: what it acknowledged is"
                  + " kept");
    }
    process.destroyForcibly();
    if (!ends(process, within)) {
      throw Failure.agent("process " + process.pid() + " can't be ended");
    }
  }

  private static boolean ends(ProcessHandle process, Duration atMost) {
    try {
      process.onExit().get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException _) {
      // It goes on, which is an answer.
      return false;
    } catch (ExecutionException e) {
      throw Failure.agent("can't wait for process " + process.pid()).because(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.agent("interrupted").because(e);
    }
  }
}
