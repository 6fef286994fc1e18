package org.promisegrid.cli;

import java.util.List;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;

/// The options of an agent, as it reads them itself.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "The agent's options: check them, list them.",
    footer = {
      "",
      "They stand in agent.properties in the data folder, in the environment (GRID_HTTP_PORT is"
          + " grid.http.port) and in properties of the agent's JVM."
    })
final class ConfigCommand {

  private final Session session;

  ConfigCommand(Session session) {
    this.session = session;
  }

  @Command(
      name = "check",
      description = {
        "Tell which options are unknown or have no sense, and where they stand; ends with 1 if there"
            + " are any. No agent is asked, or started."
      })
  int check() {
    Told told = AgentProcess.options(session.home());
    List<String> wrong =
        told.items("wrong").stream()
            .map(each -> each instanceof Item.Text(String text) ? text : each.toString())
            .toList();
    session.answer(told.table(), () -> text(told, wrong));
    return wrong.isEmpty() ? 0 : Failure.Kind.NO.exit();
  }

  private static String text(Told told, List<String> wrong) {
    StringBuilder text = new StringBuilder();
    wrong.forEach(each -> text.append(Plain.line(each)).append('\n'));
    return text.append(
            wrong.isEmpty()
                ? "Nothing is wrong with the options for " + told.text("home") + ".\n"
                : wrong.size() + " wrong.\n")
        .toString();
  }

  @Command(name = "ls", description = "List all options with their values, and where those stand.")
  int list() {
    Told told = AgentProcess.options(session.home());
    Rows rows = new Rows("option", "value", "from");
    for (Told option : told.list("options")) {
      rows.add(option.text("name"), option.text("value"), option.text("from"));
    }
    return session.answer(told.table(), rows::text);
  }
}
