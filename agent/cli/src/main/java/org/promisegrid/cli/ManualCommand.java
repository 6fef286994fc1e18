package org.promisegrid.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Failure;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Writes the manual.
@Command(
    sortOptions = false,
    description = "Write a page of the manual, or all of them into a folder.",
    footer = {
      "",
      "  grid manual call | man -l -",
      "  grid manual --into /usr/local/share/man/man1"
    })
final class ManualCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "Whose page (default: grid's).")
  private Optional<String> word = Optional.empty();

  @Option(
      names = "--into",
      paramLabel = "DIR",
      description = "Write every page there, grid.1 and grid-COMMAND.1.")
  private Optional<Path> folder = Optional.empty();

  ManualCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    CommandLine grid = Grid.line(session, Optional.empty());
    if (folder.isPresent()) {
      if (word.isPresent()) {
        throw Failure.usage("--into writes every page, and " + word.get() + " is one");
      }
      write(grid, folder.get());
    } else if (word.isPresent()) {
      session.print(Manual.command(grid, command(grid, word.get()), Grid.version()));
    } else {
      session.print(Manual.overview(grid, Grid.version()));
    }
    return 0;
  }

  private static CommandLine command(CommandLine grid, String word) {
    CommandLine command = grid.getSubcommands().get(word);
    if (command == null) {
      throw Failure.usage("there is no command " + word);
    }
    return command;
  }

  private static void write(CommandLine grid, Path folder) {
    try {
      Files.createDirectories(folder);
      page(folder.resolve("grid.1"), Manual.overview(grid, Grid.version()));
      for (CommandLine command : grid.getSubcommands().values()) {
        page(
            folder.resolve("grid-" + command.getCommandName() + ".1"),
            Manual.command(grid, command, Grid.version()));
      }
    } catch (IOException e) {
      throw Failure.output("can't write into " + folder, e);
    }
  }

  private static void page(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }
}
