package org.promisegrid.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/// Writes a script by which a shell completes commands.
@Command(
    description = "Write the script by which a shell completes commands.",
    footer = {"", "  source <(grid completion bash)"})
final class CompletionCommand implements Callable<Integer> {

  enum Shell {
    BASH,
    ZSH
  }

  private final Session session;

  @Parameters(arity = "1", paramLabel = "bash|zsh", description = "Which shell.")
  private Optional<Shell> shell = Optional.empty();

  CompletionCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    // One script for both: in zsh it switches bash's completion on.
    CommandLine line = Grid.line(session, Optional.empty());
    show(line);
    session.print(AutoComplete.bash("grid", line));
    session.note("completion for " + shell.orElseThrow());
    return 0;
  }

  /// The options of every command are hidden where each command's own are listed; who types doesn't
  /// care whose they are.
  private static void show(CommandLine line) {
    CommandSpec spec = line.getCommandSpec();
    for (OptionSpec option : List.copyOf(spec.options())) {
      if (option.hidden()) {
        spec.remove(option);
        spec.addOption(OptionSpec.builder(option).hidden(false).scopeType(ScopeType.LOCAL).build());
      }
    }
    line.getSubcommands().values().forEach(CompletionCommand::show);
  }
}
