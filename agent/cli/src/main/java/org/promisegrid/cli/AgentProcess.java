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
import org.promisegrid.cli.client.Told;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;

/// An agent's process, started on a home.
final class AgentProcess {

  /// How long an agent may take to be ready, or to get on with what its start has to do first: far
  /// more than it needs on a slow disk.
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long LOOK_EVERY_MS = 100;
  private static final int LAST_LINES = 5;

  private final HomeFolder home;
  private final Process process;
  private final boolean attached;

  private AgentProcess(HomeFolder home, Process process, boolean attached) {
    this.home = home;
    this.process = process;
    this.attached = attached;
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

  /// Starts an agent. One that isn't attached keeps a log in its home, a new file whenever one is
  /// full; what the process says outside of it (why it can't start, what the JVM has to tell) goes
  /// to a file beside.
  ///
  /// @param port where it shall speak HTTP; 0 lets it choose
  static AgentProcess start(HomeFolder home, Optional<Integer> port, Kind kind) {
    ProcessBuilder builder = new ProcessBuilder(command(home, kind));
    if (kind == Kind.THROWAWAY) {
      builder
          .environment()
          .keySet()
          .removeIf(name -> name.startsWith("GRID_") || name.startsWith("QUARKUS_"));
    }
    builder.environment().put("GRID_HOME", home.path().toString());
    // Many arenas of the C library's allocator hold memory that only the databases ask for.
    builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "2");
    port.ifPresent(number -> builder.environment().put("GRID_HTTP_PORT", number.toString()));
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    try {
      Files.createDirectories(
          home.path(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      if (kind == Kind.ATTACHED) {
        builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      } else {
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.to(home.said().toFile()));
      }
      return new AgentProcess(home, builder.start(), kind == Kind.ATTACHED);
    } catch (IOException e) {
      throw Failure.agent("can't start an agent on " + home.path() + ": " + e.getMessage())
          .because(e);
    }
  }

  /// Has the agent's program read the options of a home, and tell what it thinks of them.
  static Told options(HomeFolder home) {
    List<String> command = new ArrayList<>(java());
    command.addAll(List.of("-jar", jar().toString(), "--check-config"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("GRID_HOME", home.path().toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    try {
      Process process = builder.start();
      byte[] said = process.getInputStream().readAllBytes();
      return Told.of(Json.read(said), "the agent's program");
    } catch (IOException | MalformedException e) {
      throw Failure.agent("the agent's program can't check its options: " + e.getMessage())
          .because(e);
    }
  }

  private static List<String> command(HomeFolder home, Kind kind) {
    List<String> command = new ArrayList<>();
    if (kind == Kind.DETACHED) {
      program("setsid").ifPresent(path -> command.add(path.toString()));
    }
    command.addAll(java());
    if (kind != Kind.ATTACHED) {
      command.add("-Dquarkus.log.file.enabled=true");
      command.add("-Dquarkus.log.file.path=" + home.log());
      command.add("-Dquarkus.log.console.enabled=false");
    }
    command.add("-jar");
    command.add(jar().toString());
    return command;
  }

  /// The JVM of agents, and how it runs them.
  private static List<String> java() {
    List<String> words = new ArrayList<>();
    words.add(System.getProperty("grid.java", "java"));
    named("grid.agent.options").ifPresent(file -> words.add("@" + file));
    named("grid.agent.cache").ifPresent(file -> words.add("-XX:AOTCache=" + file));
    return words;
  }

  /// Whether the agent's program is where the launcher says.
  static boolean isThere() {
    return named("grid.agent").isPresent();
  }

  /// A file that the launcher names, if it is there and holds something.
  private static Optional<Path> named(String property) {
    String path = System.getProperty(property, "");
    return path.isEmpty()
        ? Optional.empty()
        : Optional.of(Path.of(path)).filter(file -> file.toFile().length() > 0);
  }

  private static Path jar() {
    return named("grid.agent")
        .orElseThrow(() ->
            Failure.agent(
                    "the agent's program isn't there: " + System.getProperty("grid.agent", "?"))
                .hint("start this command by the script `grid`, which knows where it is"));
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
  /// @throws Failure if it ends before, or shows nothing of its start for longer than [#PATIENCE];
  ///   then it is ended
  Running awaitReady() {
    Patience patience = new Patience(PATIENCE, System::nanoTime, home.starting());
    try (WatchService watch = FileSystems.getDefault().newWatchService()) {
      home.path()
          .register(
              watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      while (!patience.isOver(home.starting())) {
        Optional<Running> running = home.running().filter(found -> found.pid() == process.pid());
        if (running.isPresent()) {
          return running.get();
        }
        if (!process.isAlive()) {
          throw Failure.agent("the agent ended with " + process.exitValue() + said())
              .hint(attached ? "it said why above" : "all it said is in " + home.said());
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
    throw Failure.agent(
        "the agent isn't ready, and showed nothing of its start for "
            + PATIENCE.toSeconds()
            + " s"
            + said());
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

  /// Asks a process to end, and waits until it has: how long an agent lets calls come to their end
  /// is its own option, and who can't wait for that ends it by other means.
  static void end(Process process) {
    process.toHandle().destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The last lines of what it said.
  private String said() {
    if (attached) {
      return "";
    }
    List<String> lines = lines(home.said());
    return ": "
        + String.join(" | ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
  }
}
