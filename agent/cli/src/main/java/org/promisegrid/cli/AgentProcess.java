package org.promisegrid.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Running;

/// An agent's process, started on a home.
final class AgentProcess {

  /// How long an agent may take to be ready: far more than it needs on a slow disk.
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long LOOK_EVERY_MS = 100;
  private static final int LAST_LINES = 5;

  private final HomeFolder home;
  private final Process process;
  private final Optional<Path> log;

  private AgentProcess(HomeFolder home, Process process, Optional<Path> log) {
    this.home = home;
    this.process = process;
    this.log = log;
  }

  /// What an agent's process shall be to the one that starts it.
  enum Kind {
    /// It shares our output and our end.
    ATTACHED,
    /// It outlives us and the terminal.
    DETACHED,
    /// It is nobody's: what the environment says to others of the kind doesn't concern it.
    THROWAWAY
  }

  /// Starts an agent. What isn't attached writes to the home's log.
  ///
  /// @param port where it shall speak HTTP; 0 lets it choose
  static AgentProcess start(HomeFolder home, Optional<Integer> port, Kind kind) {
    List<String> command = new ArrayList<>();
    if (kind == Kind.DETACHED) {
      program("setsid").ifPresent(path -> command.add(path.toString()));
    }
    command.add(System.getProperty("grid.java", "java"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-jar");
    command.add(jar().toString());
    ProcessBuilder builder = new ProcessBuilder(command);
    if (kind == Kind.THROWAWAY) {
      builder
          .environment()
          .keySet()
          .removeIf(name -> name.startsWith("GRID_") || name.startsWith("QUARKUS_"));
    }
    Optional<Path> log = kind == Kind.ATTACHED ? Optional.empty() : Optional.of(home.log());
    builder.environment().put("GRID_HOME", home.path().toString());
    port.ifPresent(number -> builder.environment().put("GRID_HTTP_PORT", number.toString()));
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    try {
      Files.createDirectories(
          home.path(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      if (log.isPresent()) {
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.get().toFile()));
      } else {
        builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      }
      return new AgentProcess(home, builder.start(), log);
    } catch (IOException e) {
      throw Failure.agent("can't start an agent on " + home.path() + ": " + e.getMessage())
          .because(e);
    }
  }

  private static Path jar() {
    String named = System.getProperty("grid.agent", "");
    if (named.isEmpty() || !Files.isRegularFile(Path.of(named))) {
      throw Failure.agent("the agent's program isn't there: " + (named.isEmpty() ? "?" : named))
          .hint("start this command by the script `grid`, which builds what is missing");
    }
    return Path.of(named);
  }

  /// A program on the path of commands.
  static Optional<Path> program(String name) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      Path candidate = Path.of(folder.isEmpty() ? "." : folder, name);
      if (Files.isExecutable(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  Process process() {
    return process;
  }

  /// Waits until the agent says in its home that it is ready.
  ///
  /// @throws Failure if it ends before, or takes longer than [#PATIENCE]; then it is ended
  Running awaitReady() {
    long until = System.nanoTime() + PATIENCE.toNanos();
    try (WatchService watch = FileSystems.getDefault().newWatchService()) {
      home.path()
          .register(
              watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      while (System.nanoTime() < until) {
        Optional<Running> running = home.running().filter(found -> found.pid() == process.pid());
        if (running.isPresent()) {
          return running.get();
        }
        if (!process.isAlive()) {
          throw Failure.agent("the agent ended with " + process.exitValue() + said())
              .hint(log.map(path -> "all it said is in " + path).orElse("it said why above"));
        }
        var key = watch.poll(LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        if (key != null) {
          key.pollEvents();
          key.reset();
        }
      }
    } catch (IOException e) {
      throw Failure.agent("can't watch " + home.path() + ": " + e.getMessage()).because(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroy();
      throw Failure.agent("interrupted while the agent started").because(e);
    }
    process.destroy();
    throw Failure.agent("the agent isn't ready after " + PATIENCE.toSeconds() + " s" + said());
  }

  /// Asks the agent to end, makes it end if it doesn't, and returns its exit code.
  int stop(Duration grace) {
    process.destroy();
    try {
      if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  /// The last lines of its log.
  private String said() {
    if (log.isEmpty()) {
      return "";
    }
    try {
      List<String> lines = Files.readAllLines(log.get());
      return ": "
          + String.join(" | ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + log.get(), e);
    }
  }
}
