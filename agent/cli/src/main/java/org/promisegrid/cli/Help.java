package org.promisegrid.cli;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.promisegrid.cli.text.Rows;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// Lists commands in two groups, what is used every day and the plumbing, and tells options that
/// every command has once.
final class Help {

  private Help() {}

  /// Arranges the help of `line` and of everything below it.
  static void arrange(CommandLine line) {
    Map<String, CommandLine.IHelpSectionRenderer> sections = line.getHelpSectionMap();
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, _ -> "");
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, _ -> "\n");
    sections.put(
        UsageMessageSpec.SECTION_KEY_COMMAND_LIST, _ -> everyday(line) + "\n" + options(line));
    line.getSubcommands().values().forEach(Help::refer);
  }

  /// Adds the plumbing to the help of `line`.
  static void widen(CommandLine line) {
    line.getHelpSectionMap()
        .put(
            UsageMessageSpec.SECTION_KEY_COMMAND_LIST,
            _ -> everyday(line) + "\nPlumbing:\n" + plumbing(line) + "\n" + options(line));
  }

  private static void refer(CommandLine command) {
    UsageMessageSpec usage = command.getCommandSpec().usageMessage();
    if (usage.footer().length == 0) {
      usage.footer("", "`grid help` lists the options that every command has.");
    }
    command.getSubcommands().values().forEach(Help::refer);
  }

  /// The commands that people use every day.
  private static String everyday(CommandLine line) {
    return list(line, Stream.of(Commands.values()).filter(Commands::isEveryday).toList());
  }

  /// The others.
  private static String plumbing(CommandLine line) {
    return list(line, Stream.of(Commands.values()).filter(each -> !each.isEveryday()).toList());
  }

  private static String list(CommandLine line, List<Commands> commands) {
    Rows rows = new Rows();
    for (Commands each : commands) {
      CommandLine command = line.getSubcommands().get(each.word());
      if (command != null) {
        rows.add("  " + each.word(), first(command.getCommandSpec().usageMessage().description()));
      }
    }
    return rows.text();
  }

  private static String options(CommandLine line) {
    Rows rows = new Rows();
    for (OptionSpec option : line.getCommandSpec().options()) {
      String names = String.join(", ", option.names());
      rows.add(
          "  " + (option.arity().max() == 0 ? names : names + " " + option.paramLabel()),
          first(option.description()));
    }
    return "Options of every command:\n" + rows.text();
  }

  private static String first(String[] lines) {
    return lines.length == 0 ? "" : lines[0];
  }
}
