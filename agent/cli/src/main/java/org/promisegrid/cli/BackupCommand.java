package org.promisegrid.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.kernel.content.Folder;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Writes the agent's home to a file.
@Command(
    sortOptions = false,
    description = {
      "Write all that the agent keeps to a file, while it runs; `grid restore` makes a home of it.",
      "Keys and tokens go along under a passphrase, or not at all: then keep the folders `keys`",
      "and `tokens` yourself. The folders `drivers` and `tls` never do: keep jars and certificates",
      "yourself, too."
    })
final class BackupCommand implements Callable<Integer> {

  private static final int LONGEST = 1024;

  private final Session session;

  @Parameters(paramLabel = "FILE|-", description = "Where to; - is the standard output.")
  private String to = "";

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = "Take keys and tokens along under the passphrase in its first line.")
  private Optional<Path> passphrase = Optional.empty();

  BackupCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Item.TableBuilder params = Item.table();
    passphrase.ifPresent(file -> params.put("passphrase", passphrase(file)));
    try (Agent agent = session.agent()) {
      if (to.equals("-")) {
        session.note(text(agent.backup(params.build(), session.out())));
        return 0;
      }
      Told[] kept = new Told[1];
      write(Path.of(to).toAbsolutePath(), out -> kept[0] = agent.backup(params.build(), out));
      return session.answer(kept[0].table(), () -> text(kept[0]) + "\n");
    }
  }

  /// For nobody else's eyes, and whole or not at all.
  private static void write(Path target, Consumer<OutputStream> writer) {
    Path unfinished =
        target.resolveSibling("." + target.getFileName() + "." + ProcessHandle.current().pid());
    try {
      try (FileChannel file =
              FileChannel.open(
                  unfinished,
                  Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                  PosixFilePermissions.asFileAttribute(
                      PosixFilePermissions.fromString("rw-------")));
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(file), 1 << 16)) {
        writer.accept(out);
        out.flush();
        file.force(true);
      }
      Files.move(unfinished, target, StandardCopyOption.REPLACE_EXISTING);
      // Only now it is there after a loss of power, too: before, nobody is told that it is.
      Folder.forceName(target);
    } catch (IOException e) {
      throw Failure.output("can't write " + target, e);
    } finally {
      remove(unfinished);
    }
  }

  private static void remove(Path unfinished) {
    try {
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      throw Failure.output("can't remove " + unfinished, e);
    }
  }

  private static String text(Told kept) {
    StringBuilder text = new StringBuilder();
    for (Item damaged : kept.items("damaged")) {
      text.append("left out, it is damaged: ").append(damaged).append('\n');
    }
    return text.append(Sizes.text(kept.number("size")))
        .append(" in ")
        .append(kept.number("files"))
        .append(" files, ")
        .append(
            kept.is("keys")
                ? "the keys and tokens sealed among them"
                : "without keys and tokens: keep the folders `keys` and `tokens` of the home"
                    + " yourself")
        .toString();
  }

  /// The first line of a file.
  static String passphrase(Path file) {
    try {
      String line = Files.readString(file, StandardCharsets.UTF_8).lines().findFirst().orElse("");
      int length = line.getBytes(StandardCharsets.UTF_8).length;
      if (length < 8 || length > LONGEST) {
        throw Failure.usage(
            "a passphrase has 8 to " + LONGEST + " bytes; " + file + " has another");
      }
      return line;
    } catch (IOException e) {
      throw Failure.usage("the passphrase in " + file + " can't be read: " + e.getMessage());
    }
  }
}
