package org.promisegrid.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Running;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Runs the agent of a home.
@Command(
    sortOptions = false,
    description = "Start the agent of the data folder, which is made if it isn't there.",
    footer = {
      "",
      "It returns when the agent is ready, and the agent runs on: `grid down` ends it. Its log is",
      "agent.log in the data folder. Where a service of the host runs the agent, use that instead:",
      "systemctl start grid."
    })
final class UpCommand implements Callable<Integer> {

  /// How long an agent that isn't ready yet has to end.
  private static final Duration GRACE = Duration.ofSeconds(30);

  private final Session session;

  @Option(
      names = {"-f", "--foreground"},
      description = "Show its log instead, and end with it.")
  private boolean foreground;

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
      requirePort(there.get());
      return tell(home, there.get(), "runs already", Optional.empty());
    }
    home.requireOwner();
    return foreground ? attached(home) : detached(home);
  }

  private void requirePort(Running running) {
    boolean other =
        port.isPresent()
            && port.get() != 0
            && running.url().filter(url -> url.endsWith(":" + port.get())).isEmpty();
    if (other) {
      throw Failure.usage(
              "an agent runs already, process "
                  + running.pid()
                  + running.url().map(url -> ", at " + url).orElse(""))
          .hint("`grid down` ends it");
    }
  }

  private int detached(HomeFolder home) {
    Running running = AgentProcess.start(home, port, AgentProcess.Kind.DETACHED).awaitReady();
    return tell(home, running, "is ready", Optional.of(home.log()));
  }

  /// Runs until the agent ends, or we are asked to: then so is it.
  private int attached(HomeFolder home) {
    AgentProcess agent = AgentProcess.start(home, port, AgentProcess.Kind.ATTACHED);
    AtomicBoolean ready = new AtomicBoolean();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(agent, ready.get()), "stop"));
    Running running = agent.awaitReady();
    ready.set(true);
    tell(home, running, "is ready", Optional.empty());
    session.flush();
    try {
      return agent.process().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.agent("interrupted").because(e);
    }
  }

  /// One that is ready has calls to let come to their end; one that isn't may hang in its start.
  private static void stop(AgentProcess agent, boolean ready) {
    if (ready) {
      AgentProcess.end(agent.process());
    } else {
      agent.stop(GRACE);
    }
  }

  /// @param log where its log goes, if that is known
  private int tell(HomeFolder home, Running running, String how, Optional<Path> log) {
    Item.TableBuilder told =
        Item.table()
            .put("node", running.node())
            .put("pid", running.pid())
            .put("home", home.path().toString())
            .put("socket", running.socket().toString());
    log.ifPresent(file -> told.put("log", file.toString()));
    running.url().ifPresent(url -> told.put("url", url));
    return session.answer(
        told.build(),
        () ->
            "The agent of "
                + home.path()
                + " "
                + how
                + ": process "
                + running.pid()
                + running.url().map(url -> ", " + url).orElse("")
                + log.map(file -> ", log " + file).orElse("")
                + "\n");
  }
}
