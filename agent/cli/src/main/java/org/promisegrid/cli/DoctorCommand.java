package org.promisegrid.cli;

import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.doctor.AgentState;
import org.promisegrid.cli.doctor.Finding;
import org.promisegrid.cli.doctor.HomeState;
import org.promisegrid.cli.doctor.Host;
import org.promisegrid.cli.doctor.Tls;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import picocli.CommandLine.Command;

/// Looks for what is wrong, and tells what to do about it.
@Command(
    description = "Look for what is wrong with host, data folder and agent; tell what to do.",
    footer = {"", "It ends with 1 if something is wrong. It changes nothing."})
final class DoctorCommand implements Callable<Integer> {

  private final Session session;

  /// Where an agent would listen; 0 is anywhere.
  private int port;

  DoctorCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    HomeFolder home = session.home();
    List<Finding> found = new ArrayList<>();
    found.add(Host.java(Runtime.version()));
    found.add(Host.disk(home.path()));
    found.add(Host.clock(home.path(), Instant.now()));
    List<Finding> state = HomeState.look(home, System.getProperty("user.name", "?"));
    found.addAll(state);
    if (state.stream().noneMatch(Finding::isWrong)) {
      found.addAll(Tls.look(home.path(), Instant.now()));
    }
    // What can't be looked into tells nothing of its agent.
    if (Files.isReadable(home.path()) || !Files.exists(home.path())) {
      found.addAll(options(home));
      found.addAll(new AgentState(home, session::agent, Grid.version()).look(port));
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

  /// What the agent's program thinks of its options; it tells where it would listen, too.
  private List<Finding> options(HomeFolder home) {
    if (!AgentProcess.isThere()) {
      return List.of();
    }
    Told told = AgentProcess.options(home);
    for (Told option : told.list("options")) {
      if (option.text("name").equals("grid.http.port")
          && option.text("value").matches("[0-9]{1,5}")) {
        port = Integer.parseInt(option.text("value"));
      }
    }
    List<Finding> wrong =
        told.items("wrong").stream()
            .map(each -> each instanceof Item.Text(String says) ? says : Json.write(each))
            .map(each ->
                new Finding(
                    "options",
                    Finding.Level.WRONG,
                    each,
                    Optional.of("mend it where it stands; `grid config ls` lists all options")))
            .toList();
    return wrong.isEmpty()
        ? List.of(
            new Finding(
                "options", Finding.Level.GOOD, "all are known and make sense", Optional.empty()))
        : wrong;
  }
}
