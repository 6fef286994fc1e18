package org.promisegrid.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.doctor.AgentState;
import org.promisegrid.cli.doctor.Finding;
import org.promisegrid.cli.doctor.HomeState;
import org.promisegrid.cli.doctor.Host;
import org.promisegrid.cli.doctor.Tls;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;

/// Looks for what is wrong, and tells what to do about it.
@Command(
    description = "Look for what is wrong with host, data folder and agent; tell what to do.",
    footer = {"", "It ends with 1 if something is wrong. It changes nothing."})
final class DoctorCommand implements Callable<Integer> {

  private static final int DEFAULT_PORT = 7272;

  private final Session session;

  DoctorCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    HomeFolder home = session.home();
    List<Finding> found = new ArrayList<>();
    found.add(Host.java());
    found.add(Host.disk(home.path()));
    found.add(Host.clock(home.path(), Instant.now()));
    List<Finding> state = HomeState.look(home, System.getProperty("user.name", "?"));
    found.addAll(state);
    if (state.stream().noneMatch(Finding::isWrong)) {
      found.addAll(Tls.look(home.path(), Instant.now()));
    }
    // What can't be looked into tells nothing of its agent.
    if (Files.isReadable(home.path()) || !Files.exists(home.path())) {
      found.addAll(new AgentState(home, session::agent, Grid.version()).look(port(home)));
    }
    boolean good = found.stream().noneMatch(Finding::isWrong);
    session.answer(
        Item.table()
            .put("good", good)
            .put("findings", Item.array(found.stream().map(Finding::toItem).toList()))
            .build(),
        () -> text(found));
    return good ? 0 : Failure.Kind.NO.exit();
  }

  private String text(List<Finding> found) {
    int width = found.stream().mapToInt(each -> each.about().length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (Finding each : found) {
      text.append(mark(each.level()))
          .append(String.format(" %-" + width + "s  ", Plain.line(each.about())))
          .append(Plain.line(each.says()))
          .append('\n');
      each.advice()
          .ifPresent(todo ->
              text.append(" ".repeat(width + 4))
                  .append("→ ")
                  .append(Plain.line(todo))
                  .append('\n'));
    }
    long wrong = found.stream().filter(Finding::isWrong).count();
    return text.append(wrong == 0 ? "Nothing is wrong.\n" : wrong + " wrong.\n").toString();
  }

  private static String mark(Finding.Level level) {
    return switch (level) {
      case GOOD -> "✓";
      case NOTE -> "·";
      case WRONG -> "✗";
    };
  }

  /// Where an agent of this home would listen.
  private int port(HomeFolder home) {
    String chosen = session.environment().getOrDefault("GRID_HTTP_PORT", fromFile(home));
    try {
      return Integer.parseInt(chosen.strip());
    } catch (NumberFormatException e) {
      throw Failure.usage("grid.http.port is a port, not " + chosen).because(e);
    }
  }

  private static String fromFile(HomeFolder home) {
    Path file = home.path().resolve("agent.properties");
    Properties properties = new Properties();
    if (Files.exists(file)) {
      try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw Failure.usage("can't read " + file + ": " + e.getMessage()).because(e);
      }
    }
    return properties.getProperty("grid.http.port", String.valueOf(DEFAULT_PORT));
  }
}
