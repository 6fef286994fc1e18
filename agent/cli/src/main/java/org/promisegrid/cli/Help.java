package org.promisegrid.cli;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

/// Lists commands in two groups: what is used every day, and the plumbing.
final class Help {

  private Help() {}

  /// Arranges the help of `line` and of everything below it.
  static void arrange(CommandLine line) {
    line.getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, _ -> "\nCommands:\n");
    line.getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, help -> everyday(help.commandSpec().commandLine()));
    for (CommandLine command : line.getSubcommands().values()) {
      quieten(command);
    }
  }

  /// Options that every command has are told once, by `grid help`.
  private static void quieten(CommandLine command) {
    command.getCommandSpec().options().stream()
        .filter(option -> option.inherited() && !option.usageHelp())
        .toList()
        .forEach(option -> hide(command, option));
    if (command.getCommandSpec().usageMessage().footer().length == 0) {
      command.getCommandSpec().usageMessage().footer("%n`grid help` lists the options of every command.");
    }
    command.getSubcommands().values().forEach(Help::quieten);
  }

  private static void hide(CommandLine command, CommandLine.Model.OptionSpec option) {
    command.getCommandSpec().remove(option);
    command
        .getCommandSpec()
        .addOption(CommandLine.Model.OptionSpec.builder(option).hidden(true).build());
  }

  /// The commands that people use every day.
  static String everyday(CommandLine line) {
    return list(line, Stream.of(Commands.values()).filter(Commands::isEveryday).toList());
  }

  /// The others.
  static String plumbing(CommandLine line) {
    return list(line, Stream.of(Commands.values()).filter(each -> !each.isEveryday()).toList());
  }

  private static String list(CommandLine line, List<Commands> commands) {
    StringBuilder text = new StringBuilder();
    Map<String, CommandLine> known = line.getSubcommands();
    for (Commands each : commands) {
      CommandLine command = known.get(each.word());
      if (command != null) {
        String[] description = command.getCommandSpec().usageMessage().description();
        text.append(String.format("  %-12s%s%n", each.word(), description.length == 0 ? "" : description[0]));
      }
    }
    return text.toString();
  }
}
