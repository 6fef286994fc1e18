package org.promisegrid.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.promisegrid.cli.client.Failure;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows what there is to do.
@Command(description = "Show the commands, or how one is used.")
final class HelpCommand implements Callable<Integer> {

  private final Session session;

  @Option(names = "--all", description = "The plumbing, too.")
  private boolean all;

  @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "What to tell about.")
  private List<String> words = new ArrayList<>();

  @Spec private @Nullable CommandSpec spec;

  HelpCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    CommandLine line = Objects.requireNonNull(spec).root().commandLine();
    for (String word : words) {
      CommandLine next = line.getSubcommands().get(word);
      if (next == null) {
        throw Failure.usage("there is no command " + String.join(" ", words));
      }
      line = next;
    }
    if (all && words.isEmpty()) {
      Help.widen(line);
    }
    session.print(line.getUsageMessage(CommandLine.Help.Ansi.OFF));
    return 0;
  }
}
