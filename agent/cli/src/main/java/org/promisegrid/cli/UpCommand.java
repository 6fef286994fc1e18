package org.promisegrid.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Running;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Runs the agent of a home.
@Command(
    sortOptions = false,
    description = "Run the agent of the data folder, which is made if it isn't there.")
final class UpCommand implements Callable<Integer> {

  static final Duration GRACE = Duration.ofSeconds(30);

  private final Session session;

  @Option(
      names = {"-d", "--detach"},
      description = "Return as soon as it is ready, and let it run.")
  private boolean detach;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Where it speaks HTTP (default: 7272; 0 chooses a free one).")
  private Optional<Integer> port = Optional.empty();

  UpCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    HomeFolder home = session.home();
    Optional<Running> there = home.running().filter(Running::answers);
    if (there.isPresent()) {
      session.note("it runs already");
      return tell(home, there.get());
    }
    return detach ? detached(home) : attached(home);
  }

  private int detached(HomeFolder home) {
    Running running = AgentProcess.start(home, port, AgentProcess.Kind.DETACHED).awaitReady();
    return tell(home, running);
  }

  /// Runs until the agent ends, or we are asked to: then so is it.
  private int attached(HomeFolder home) {
    AgentProcess agent = AgentProcess.start(home, port, AgentProcess.Kind.ATTACHED);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> agent.stop(GRACE), "stop"));
    Running running = agent.awaitReady();
    tell(home, running);
    session.flush();
    try {
      return agent.process().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.agent("interrupted").because(e);
    }
  }

  private int tell(HomeFolder home, Running running) {
    Item.TableBuilder told =
        Item.table()
            .put("node", running.node())
            .put("pid", running.pid())
            .put("home", home.path().toString())
            .put("socket", running.socket().toString());
    running.url().ifPresent(url -> told.put("url", url));
    return session.answer(
        told.build(),
        () ->
            "The agent of "
                + home.path()
                + " is ready: process "
                + running.pid()
                + running.url().map(url -> ", " + url).orElse("")
                + "\n");
  }
}
