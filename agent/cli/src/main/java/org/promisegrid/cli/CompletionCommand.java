package org.promisegrid.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

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
    session.print(AutoComplete.bash("grid", Grid.line(session, Optional.empty())));
    session.note("completion for " + shell.orElseThrow());
    return 0;
  }
}
