package org.promisegrid.cli;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.kernel.message.Json;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `grid` command.
@Command(
    name = "grid",
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = "Calls functions by hash, in the cheapest sandbox that can honour the call.",
    exitCodeListHeading = "%nHow it ends:%n",
    exitCodeList = {
      " 0:done; for `call`, whatever code the function exits with",
      " 1:the agent said no: absent, a conflict, not covered by the token; a list has gaps",
      " 2:the command was used wrongly",
      "74:what it writes can't be written: no room, or not allowed",
      "124:a run crossed a limit",
      "125:nothing was promised for the call; no agent, or it failed",
      "126:contact with the run was lost",
      "130:cancelled",
      "134:the function crashed",
      "141:whoever read the output has left",
      "143:it was asked to end (SIGTERM)"
    },
    footer = "%n`grid help COMMAND` tells more; `grid help --all` lists the plumbing, too.")
public final class Grid implements Callable<Integer> {

  @Mixin private final Session session;

  @Spec private @Nullable CommandSpec spec;

  private Grid(Session session) {
    this.session = session;
  }

  /// Runs one command and ends the process.
  public static void main(String[] arguments) {
    System.exit(run(Session.ofProcess(), arguments));
  }

  /// Runs one command, and returns how the process shall end.
  static int run(Session session, String... arguments) {
    CommandLine line = line(session, Optional.of(List.of(arguments)));
    int code = line.execute(arguments);
    try {
      session.flush();
      return code;
    } catch (Failure failure) {
      return report(session, failure);
    }
  }

  /// The command line.
  ///
  /// @param arguments what will be run: only the command that is named is built, for there are many
  static CommandLine line(Session session, Optional<List<String>> arguments) {
    CommandLine line = new CommandLine(new Grid(session));
    line.getCommandSpec()
        .addOption(
            OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .scopeType(ScopeType.INHERIT)
                .hidden(true)
                .description("Show this help.")
                .build())
        .addOption(
            OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Show the version.")
                .build());
    Commands.add(line, session, arguments.filter(list -> !list.isEmpty()).map(List::getFirst));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setAbbreviatedOptionsAllowed(false);
    line.setUsageHelpAutoWidth(false);
    line.setUsageHelpWidth(100);
    line.getCommandSpec().version("grid " + version());
    Converters.register(line);
    line.setParameterExceptionHandler((e, words) -> misused(session, e, words));
    line.setExecutionExceptionHandler((e, _, _) -> report(session, e));
    line.setOut(new PrintWriter(session.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(session.err(), true, StandardCharsets.UTF_8));
    Help.arrange(line);
    return line;
  }

  /// Told nothing, it tells what there is to do.
  @Override
  public Integer call() {
    String usage = requireNonNull(spec).commandLine().getUsageMessage(CommandLine.Help.Ansi.OFF);
    session.err().print(usage);
    return Failure.Kind.USAGE.exit();
  }

  /// Of this program.
  static String version() {
    String version = Grid.class.getPackage().getImplementationVersion();
    return version == null ? "(built from source)" : version;
  }

  private static int misused(Session session, ParameterException e, String[] words) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    if (session.isJson() || isJsonAskedFor(words)) {
      session.err().print(Json.pretty(Failure.usage(String.valueOf(e.getMessage())).toItem()));
      return Failure.Kind.USAGE.exit();
    }
    session.err().println(name + ": " + Plain.line(String.valueOf(e.getMessage())));
    if (!UnmatchedArgumentException.printSuggestions(
        e, new PrintWriter(session.err(), true, StandardCharsets.UTF_8))) {
      session.err().println("  `" + name + " --help` tells how it is used");
    }
    return Failure.Kind.USAGE.exit();
  }

  /// Whether JSON is asked for in what couldn't be parsed as a whole.
  private static boolean isJsonAskedFor(String[] words) {
    String before = "";
    for (String word : words) {
      if (word.equals("--")) {
        return false;
      }
      String value =
          before.equals("-o") || before.equals("--format")
              ? word
              : word.replaceFirst("^(-o=?|--format=)(?=.)", "");
      if (!value.equals(word) || before.equals("-o") || before.equals("--format")) {
        return value.equalsIgnoreCase(Session.Format.JSON.name());
      }
      before = word;
    }
    return false;
  }

  private static int report(Session session, Exception e) {
    Failure failure =
        e instanceof Failure known
            ? known
            : Failure.agent("an error in this program: " + e).hint("-v shows where");
    if (failure.kind() == Failure.Kind.PIPE) {
      return failure.kind().exit();
    }
    if (session.isJson()) {
      session.err().print(Json.pretty(failure.toItem()));
    } else {
      session.err().println("grid: " + Plain.line(failure.message()));
      failure.hint().ifPresent(hint -> session.err().println("  " + Plain.line(hint)));
    }
    if (session.isVerbose()) {
      explain(session, failure, e);
    }
    return failure.kind().exit();
  }

  /// What it came from; of an error in this program, where.
  private static void explain(Session session, Failure failure, Exception e) {
    if (failure != e) {
      e.printStackTrace(session.err());
      return;
    }
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      session.err().println("  because: " + Plain.line(cause.toString()));
    }
  }
}
