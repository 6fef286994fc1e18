package org.promisegrid.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.promisegrid.cli.text.Rows;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ScopeType;

/// Lists commands in two groups, what is used every day and the plumbing, and tells the options
/// that every command has apart from its own.
final class Help {

  private static final String COMMON = "optionsOfEveryCommand";

  private Help() {}

  /// Arranges the help of `line` and of everything below it.
  static void arrange(CommandLine line) {
    Map<String, CommandLine.IHelpSectionRenderer> sections = line.getHelpSectionMap();
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, _ -> "");
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, _ -> "\n");
    sections.put(
        UsageMessageSpec.SECTION_KEY_COMMAND_LIST, _ -> everyday(line) + "\n" + options(line));
    line.getSubcommands().values().forEach(command -> add(command, common(line)));
  }

  /// Adds the plumbing to the help of `line`.
  static void widen(CommandLine line) {
    line.getHelpSectionMap()
        .put(
            UsageMessageSpec.SECTION_KEY_COMMAND_LIST,
            _ -> everyday(line) + "\nPlumbing:\n" + plumbing(line) + "\n" + options(line));
  }

  /// Adds the options that every command has to the help of one, behind its own.
  private static void add(CommandLine command, List<OptionSpec> common) {
    List<String> keys = new ArrayList<>(command.getHelpSectionKeys());
    if (!keys.contains(COMMON)) {
      // Also for those below it.
      keys.add(keys.indexOf(UsageMessageSpec.SECTION_KEY_FOOTER_HEADING), COMMON);
      command.setHelpSectionKeys(keys);
    }
    command
        .getHelpSectionMap()
        .put(COMMON, _ -> "\n" + options("Options of every command", common));
    command.getSubcommands().values().forEach(below -> add(below, common));
  }

  /// Those that every command has.
  private static List<OptionSpec> common(CommandLine line) {
    return line.getCommandSpec().options().stream()
        .filter(option -> option.scopeType() == ScopeType.INHERIT)
        .toList();
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
    List<OptionSpec> common = common(line);
    List<OptionSpec> own =
        line.getCommandSpec().options().stream().filter(it -> !common.contains(it)).toList();
    return options("Options", own) + "\n" + options("Options of every command", common);
  }

  private static String options(String title, List<OptionSpec> options) {
    Rows rows = new Rows();
    for (OptionSpec option : options) {
      String names = String.join(", ", option.names());
      rows.add(
          "  " + (option.arity().max() == 0 ? names : names + " " + option.paramLabel()),
          first(option.description()));
    }
    return title + ":\n" + rows.text();
  }

  private static String first(String[] lines) {
    return lines.length == 0 ? "" : lines[0];
  }
}
