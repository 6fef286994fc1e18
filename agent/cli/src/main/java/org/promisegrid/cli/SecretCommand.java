package org.promisegrid.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.secret.SecretName;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Secrets: what fills slots and is shown to nobody.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "Secrets, which fill functions' slots: put, list, remove, seal anew.")
final class SecretCommand {

  private final Session session;

  SecretCommand(Session session) {
    this.session = session;
  }

  @Command(
      name = "put",
      description = {
        "Keep a secret, in place of what has that name. It is never shown again.",
        "Use it by `grid call F --secret SLOT=NAME`, or by `secrets:` in a function file.",
        "Images of a registry are pulled with what registry-HOST holds, USER:PASSWORD; with a port",
        "the name is registry-HOST_PORT."
      })
  int put(
      @Parameters(paramLabel = "NAME") String named,
      @Parameters(
              paramLabel = "FILE|-",
              arity = "0..1",
              defaultValue = "-",
              description = "What to keep, to its last byte (default: the standard input).")
          String what) {
    SecretName name = name(named);
    byte[] secret = read(what);
    try (Agent agent = session.agent()) {
      Told kept = agent.putSecret(name.text(), secret);
      session.note(name + " is kept");
      return session.answer(kept.table(), () -> "");
    }
  }

  private byte[] read(String what) {
    if (what.equals("-") && session.inIsTerminal()) {
      throw Failure.usage("a secret is read from a file or a pipe: it would be seen as it is typed")
          .hint("grid secret put NAME FILE, or: pass show db | grid secret put NAME");
    }
    try (InputStream in = what.equals("-") ? session.in() : Files.newInputStream(Path.of(what))) {
      byte[] secret = in.readNBytes(SecretName.MOST_BYTES + 1);
      if (secret.length > SecretName.MOST_BYTES) {
        throw Failure.usage("a secret has at most " + SecretName.MOST_BYTES + " bytes");
      }
      return secret;
    } catch (IOException e) {
      throw Failure.usage("can't read the secret: " + e.getMessage()).because(e);
    }
  }

  @Command(name = "ls", description = "List secrets by name; never what they are.")
  int list() {
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("secret.list", Item.EMPTY);
      return session.answer(
          kept.table(),
          () -> {
            Rows rows = new Rows("name", ">version", "changed", "by", "state");
            for (Told each : kept.list("secrets")) {
              rows.add(
                  each.text("name"),
                  each.number("version"),
                  Spans.text(Instant.ofEpochMilli(each.number("changed")), session.zone()),
                  each.text("by"),
                  each.maybeText("damaged").orElse(""));
            }
            return rows.text();
          });
    }
  }

  @Command(name = "rm", description = "Forget secrets.")
  int remove(@Parameters(paramLabel = "NAME", arity = "1..*") List<String> named) {
    List<SecretName> names = named.stream().map(SecretCommand::name).toList();
    List<Item> removed = new ArrayList<>();
    try (Agent agent = session.agent()) {
      for (SecretName name : names) {
        agent.kept("secret.remove", Item.table().put("name", name.text()).build());
        removed.add(Item.of(name.text()));
      }
      return session.answer(
          Item.table().put("removed", Item.array(removed)).build(),
          () -> "forgot " + String.join(", ", named) + "\n");
    }
  }

  @Command(
      name = "rekey",
      description = "Make a new key, seal every secret anew with it, and forget the key before.")
  int rekey() {
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("secret.rekey", Item.EMPTY);
      return session.answer(
          kept.table(), () -> kept.number("secrets") + " secrets are sealed anew\n");
    }
  }

  private static SecretName name(String text) {
    try {
      return new SecretName(text);
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }
}
