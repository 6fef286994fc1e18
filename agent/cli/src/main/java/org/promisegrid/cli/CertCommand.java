package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.tls.Certificate;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Makes what an agent needs to be reached from other hosts.
@Command(
    sortOptions = false,
    description = {
      "Make a certificate for the agent, signed with its own key, and write its fingerprint.",
      "An agent that listens beyond its host uses it; one that runs takes it up within a minute."
    },
    footer = {
      "",
      "A key that is there is kept, so that who trusts the key needs no news: --new-key makes another."
          + " Clients that check by the certificate get the file cert.pem."
    })
final class CertCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      description =
          "Names and addresses by which the host is called, besides its own and localhost.")
  private List<String> names = List.of();

  @Option(
      names = "--for",
      paramLabel = "365d",
      description = "How long it is good for (default: ${DEFAULT-VALUE}).",
      defaultValue = "365d")
  private Duration life = Duration.ofDays(365);

  @Option(names = "--new-key", description = "Make a new key, too.")
  private boolean newKey;

  CertCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    HomeFolder home = session.home();
    home.requireWriter();
    Path folder = home.path().resolve("tls");
    Certificate made;
    try {
      made = Certificate.make(folder, names, Instant.now(), life, newKey);
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    } catch (IOException e) {
      throw Failure.output("can't write in " + folder, e);
    }
    return session.answer(
        Item.table()
            .put("certificate", made.file().toString())
            .put("key", made.key().toString())
            .put("fingerprint", made.fingerprint())
            .put("until", made.until().toEpochMilli())
            .put("names", Item.array(made.names().stream().map(Item::of).toList()))
            .build(),
        () ->
            made.fingerprint()
                + "\n"
                + made.file()
                + " for "
                + String.join(", ", made.names())
                + "\n");
  }
}
