package org.promisegrid.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.kernel.backup.Restore;
import org.promisegrid.kernel.backup.RestoreException;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.Did;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Makes a home of a backup.
@Command(
    sortOptions = false,
    description = {
      "Make a data folder of what `grid backup` wrote, once every byte of it is verified.",
      "The folder (--home, or GRID_HOME) must be empty or not there. Nothing is changed otherwise."
    })
final class RestoreCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(paramLabel = "FILE|-", description = "The backup; - is the standard input.")
  private String from = "";

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = "The passphrase of keys and tokens, in its first line.")
  private Optional<Path> passphrase = Optional.empty();

  @Option(
      names = "--node",
      paramLabel = "DID",
      description = "Whose backup it must be, as `grid status` says it; another's is refused.")
  private Optional<Did> node = Optional.empty();

  RestoreCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Path home = session.home().path();
    Optional<String> secret = passphrase.map(BackupCommand::passphrase);
    try (InputStream in = open()) {
      Restore.Restored done = Restore.restore(in, home, secret, node);
      Item answer =
          Item.table()
              .put("home", home.toString())
              .put("node", done.node())
              .put("made", done.made())
              .put("files", done.files())
              .put("bytes", done.bytes())
              .put("keys", done.keys())
              .build();
      return session.answer(answer, () -> text(home, done, node.isPresent()));
    } catch (RestoreException e) {
      throw Failure.agent("not restored: " + e.getMessage());
    } catch (IOException e) {
      throw Failure.agent("not restored: " + e);
    }
  }

  private InputStream open() throws IOException {
    if (from.equals("-")) {
      return new FilterInputStream(session.in()) {
        @Override
        public void close() {} // the process's own
      };
    }
    return Files.newInputStream(Path.of(from));
  }

  private static String text(Path home, Restore.Restored done, boolean asked) {
    return home
        + ": "
        + done.node()
        + " as of "
        + done.made()
        + ", "
        + Sizes.text(done.bytes())
        + " in "
        + done.files()
        + " files\n"
        + (done.keys() || asked
            ? ""
            : "whose it is, the backup alone says: see that " + done.node() + " is your node\n")
        + (done.keys() ? "" : "put the folder `keys` back before you start it\n");
  }
}
