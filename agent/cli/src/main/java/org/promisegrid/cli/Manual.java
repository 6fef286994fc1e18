package org.promisegrid.cli;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// Pages of the manual in roff, made of what the commands say of themselves.
final class Manual {

  private static final String[] SURROUNDINGS = {
    ".SH ENVIRONMENT",
    ".TP\n.B GRID_HOME\nThe data folder: keys, content, journal. Else /var/lib/grid for root, and"
        + " $XDG_DATA_HOME/grid or ~/.local/share/grid for anybody else.",
    ".TP\n.B GRID_HOST\nThe agent to speak to, as by \\-\\-on.",
    ".TP\n.B GRID_TOKEN\nThe token to use, as by \\-\\-token.",
    ".TP\n.B GRID_CACERT\nCertificates to trust for https, as by \\-\\-cacert.",
    ".SH FILES",
    ".TP\n.I $GRID_HOME/agent.properties\nWhat the owner chose for the agent.",
    ".TP\n.I $GRID_HOME/agent.log\nThe log of an agent that was started by grid up.",
    ".TP\n.I $GRID_HOME/keys/owner.pem\nThe owner's key. Whoever has it may do everything.",
  };

  private final CommandLine grid;
  private final String version;
  private final StringBuilder page = new StringBuilder();

  private Manual(CommandLine grid, String version) {
    this.grid = grid;
    this.version = version;
  }

  /// The page of the whole: its commands, and what holds for all of them.
  static String overview(CommandLine grid, String version) {
    Manual manual = new Manual(grid, version);
    CommandSpec spec = grid.getCommandSpec();
    manual.head("grid", first(spec));
    manual.section("SYNOPSIS");
    manual.line(".B grid");
    manual.text("[OPTION...] COMMAND [ARGUMENT...]");
    manual.section("DESCRIPTION");
    manual.paragraphs(spec.usageMessage().description());
    manual.section("COMMANDS");
    for (CommandLine command : grid.getSubcommands().values()) {
      manual.item("grid-" + command.getCommandName() + "(1)", first(command.getCommandSpec()));
    }
    manual.section("OPTIONS OF EVERY COMMAND");
    spec.options().forEach(manual::option);
    manual.exits(spec);
    Stream.of(SURROUNDINGS).forEach(manual::line);
    return manual.page.toString();
  }

  /// The page of one command, and of those below it.
  static String command(CommandLine grid, CommandLine command, String version) {
    Manual manual = new Manual(grid, version);
    CommandSpec spec = command.getCommandSpec();
    manual.head("grid-" + spec.name(), first(spec));
    manual.section("SYNOPSIS");
    List<CommandLine> below = List.copyOf(command.getSubcommands().values());
    if (below.isEmpty()) {
      manual.synopsis(spec);
    } else {
      below.forEach(each -> manual.synopsis(each.getCommandSpec()));
    }
    manual.section("DESCRIPTION");
    manual.paragraphs(spec.usageMessage().description());
    manual.arguments(spec);
    for (CommandLine each : below) {
      manual.section("grid " + spec.name() + " " + each.getCommandName());
      manual.paragraphs(each.getCommandSpec().usageMessage().description());
      manual.arguments(each.getCommandSpec());
      manual.footer(each.getCommandSpec());
    }
    manual.footer(spec);
    manual.section("SEE ALSO");
    manual.text("grid(1) for the options of every command, and how each ends");
    return manual.page.toString();
  }

  private void head(String name, String purpose) {
    line(
        ".TH "
            + escape(name).toUpperCase(Locale.ROOT)
            + " 1 \"\" \"grid "
            + escape(version)
            + "\"");
    // No hyphenation, and nothing stretched: commands are to be copied.
    line(".nh");
    line(".ad l");
    section("NAME");
    text(name + " - " + lower(purpose));
  }

  private void section(String title) {
    line(".SH \"" + escape(title) + "\"");
  }

  private void synopsis(CommandSpec spec) {
    line(".PP");
    line(".B " + escape(spec.qualifiedName()));
    StringBuilder words = new StringBuilder();
    for (OptionSpec option : own(spec)) {
      String one =
          option.longestName() + (option.arity().max() == 0 ? "" : " " + option.paramLabel());
      words.append(option.required() ? one : "[" + one + "]").append(' ');
    }
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      boolean optional = parameter.arity().min() == 0;
      words
          .append(optional ? "[" + parameter.paramLabel() + "]" : parameter.paramLabel())
          .append(' ');
    }
    text(words.toString().strip());
  }

  private void arguments(CommandSpec spec) {
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      item(parameter.paramLabel(), describe(parameter));
    }
    own(spec).forEach(this::option);
  }

  /// Those that not every command has.
  private List<OptionSpec> own(CommandSpec spec) {
    List<String> common =
        grid.getCommandSpec().options().stream().map(OptionSpec::longestName).toList();
    return spec.options().stream()
        .filter(option -> !common.contains(option.longestName()) && !option.hidden())
        .toList();
  }

  private void option(OptionSpec option) {
    String names = String.join(", ", option.names());
    item(option.arity().max() == 0 ? names : names + " " + option.paramLabel(), describe(option));
  }

  private static String describe(ArgSpec argument) {
    return String.join(" ", argument.description())
        .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValueString(true)))
        .replace("%%", "%");
  }

  private void item(String term, String says) {
    line(".TP");
    line(".B " + escape(term));
    if (says.isEmpty()) {
      line("\\&");
    } else {
      text(says);
    }
  }

  private void paragraphs(String[] texts) {
    for (String text : texts) {
      line(".PP");
      text(text);
    }
  }

  /// As it stands: examples are among it.
  private void footer(CommandSpec spec) {
    String[] lines = spec.usageMessage().footer();
    if (lines.length > 0) {
      line(".PP");
      line(".nf");
      Stream.of(lines).map(text -> text.replace("%n", "")).forEach(this::text);
      line(".fi");
    }
  }

  private void exits(CommandSpec spec) {
    UsageMessageSpec usage = spec.usageMessage();
    section("EXIT STATUS");
    usage.exitCodeList().forEach((code, says) -> item(code.strip(), says));
  }

  private static String first(CommandSpec spec) {
    String[] lines = spec.usageMessage().description();
    return lines.length == 0 ? "" : lines[0];
  }

  private static String lower(String sentence) {
    String plain = sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    return plain.isEmpty() ? "" : Character.toLowerCase(plain.charAt(0)) + plain.substring(1);
  }

  private void text(String words) {
    String escaped = escape(words);
    // A dot or a quote at the beginning of a line would be an instruction.
    line(escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped);
  }

  private void line(String line) {
    page.append(line).append('\n');
  }

  /// Text that roff shows as it is.
  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\\' -> escaped.append("\\e");
            case '-' -> escaped.append("\\-");
            case '"' -> escaped.append("\\(dq");
            case '`' -> escaped.append("\\(aq");
            case '\'' -> escaped.append("\\(aq");
            default -> {
              if (c < 0x80) {
                escaped.append((char) c);
              } else {
                escaped.append(String.format("\\[u%04X]", c));
              }
            }
          }
        });
    return escaped.toString();
  }
}
