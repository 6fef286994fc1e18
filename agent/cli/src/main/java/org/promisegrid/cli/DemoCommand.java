package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Running;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Shows the whole idea, on an agent that is thrown away afterwards.
@Command(
    sortOptions = false,
    description = "See it work: real calls on a throwaway agent, each step checked.",
    footer = {
      "",
      "It starts an agent of its own, on a free port and in a new folder; yours, if you have one,",
      "isn't touched. What stays is a picture. It ends with 0 if every step did what it says."
    })
final class DemoCommand implements Callable<Integer> {

  private static final Duration GRACE = Duration.ofSeconds(15);
  private static final int KILLED_BY_TERM = 128 + 15;

  private final Session session;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where the picture goes (default: ${DEFAULT-VALUE}).")
  private Path picture = Path.of("mandelbrot.png");

  @Option(names = "--keep", description = "Keep the agent's data folder, to look at it.")
  private boolean keep;

  DemoCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Path root = root();
    HomeFolder home = new HomeFolder(folder());
    if (!session.isJson()) {
      session.line("PromiseGrid, shown on a throwaway agent in " + home.path() + "\n");
      session.flush();
    }
    Stage stage = new Stage(session);
    AtomicReference<@Nullable AgentProcess> agent = new AtomicReference<>();
    // However this ends, and whenever: keys lie in that folder.
    Thread clearing = new Thread(() -> clear(agent.get(), home.path()), "clear");
    Runtime.getRuntime().addShutdownHook(clearing);
    try {
      AgentProcess process = AgentProcess.start(home, Optional.of(0), AgentProcess.Kind.THROWAWAY);
      agent.set(process);
      Optional<Running> running =
          stage.step(
              "an agent starts, in a folder of its own",
              () -> {
                Running ready = process.awaitReady();
                stage.outcome("ready, process " + ready.pid());
                stage.say("node  " + ready.node());
                stage.say("at    " + ready.url().orElse("") + ", " + ready.socket());
                return ready;
              });
      if (running.isPresent()) {
        new Demo(stage, home, running.get(), root, picture).play();
      }
      stage.step(
          "the agent ends when asked to",
          () -> {
            int code = process.stop(GRACE);
            Stage.require(
                code == 0 || code == KILLED_BY_TERM, "it ended with " + code + ", not in order");
            stage.outcome("ended, and " + (keep ? "its folder is kept" : "its folder is gone"));
            if (keep) {
              stage.say("kept: " + home.path());
            } else {
              remove(home.path());
            }
            return code;
          });
      return stage.close();
    } finally {
      AgentProcess left = agent.get();
      if (left != null) {
        left.process().destroyForcibly();
      }
    }
  }

  private void clear(@Nullable AgentProcess agent, Path home) {
    if (agent != null) {
      agent.stop(Duration.ZERO);
    }
    if (!keep) {
      remove(home);
    }
  }

  private static Path root() {
    String named = System.getProperty("grid.root", "");
    if (named.isEmpty() || !Files.isDirectory(Path.of(named, "examples"))) {
      throw Failure.agent("the examples aren't there: " + named)
          .hint("start the demo by the script `grid` of a clone of the repository");
    }
    return Path.of(named);
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("grid-demo-");
    } catch (IOException e) {
      throw Failure.agent("can't make a folder: " + e.getMessage()).because(e);
    }
  }

  private static void remove(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
                throws IOException {
              if (e != null) {
                throw e;
              }
              Files.deleteIfExists(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw Failure.agent("can't remove " + folder + ": " + e.getMessage()).because(e);
    }
  }
}
