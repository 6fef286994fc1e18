package org.promisegrid.cli;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.journal.Audit;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.syscall.AuditSyscalls;
import org.promisegrid.kernel.token.Did;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Verifies the audit log.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "The audit log: verify that it is what the node wrote, and all of it.")
final class AuditCommand {

  private static final int DAMAGED = Failure.Kind.NO.exit();

  private final Session session;

  AuditCommand(Session session) {
    this.session = session;
  }

  @Command(
      name = "verify",
      description = {
        "Verify every record and signature of the journal; ends with 1 where it is damaged.",
        "The agent is asked, unless --home or --node is given: then the files are read, of a home or a"
            + " copy of one, whether an agent runs there or not."
      })
  int verify(
      @Option(
              names = "--node",
              paramLabel = "DID",
              description =
                  "Whose journal it is to be (default, of files: that of the key beside them).")
          @Nullable Did node,
      @Option(
              names = "--noted",
              paramLabel = "OFFSET:HASH",
              description = "What an earlier audit showed as `sealed`: it has to be there still.")
          @Nullable String noted) {
    Optional<Audit.Noted> earlier = Optional.ofNullable(noted).map(AuditCommand::noted);
    Told found =
        node != null || session.isHomeGiven()
            ? files(session.home(), Optional.ofNullable(node), earlier)
            : asked(earlier);
    session.answer(found.table(), () -> text(found));
    return found.is("sound") ? 0 : DAMAGED;
  }

  private static Audit.Noted noted(String text) {
    int colon = text.indexOf(':');
    try {
      return Audit.Noted.of(
          Long.parseLong(text.substring(0, Math.max(0, colon))), text.substring(colon + 1));
    } catch (IllegalArgumentException e) {
      throw Failure.usage("--noted is an offset, a colon and 64 hexadecimal digits").because(e);
    }
  }

  private Told asked(Optional<Audit.Noted> noted) {
    Item.TableBuilder params = Item.table();
    noted.ifPresent(
        earlier -> params.put("sealed", earlier.sealed()).put("hash", earlier.digits()));
    try (Agent agent = session.agent()) {
      return agent.kept("audit.verify", params.build());
    }
  }

  private static Told files(HomeFolder home, Optional<Did> node, Optional<Audit.Noted> noted) {
    Did whose = node.orElseGet(() -> own(home));
    try {
      return new Told(
          AuditSyscalls.describe(
              Audit.verify(
                  home.path().resolve("journal"),
                  Protocols.cid("journal"),
                  whose,
                  noted,
                  OptionalLong.empty())),
          "the audit");
    } catch (JournalException e) {
      if (e.damage().isPresent()) {
        return new Told(AuditSyscalls.describe(e.damage().get()), "the audit");
      }
      throw Failure.of(Failure.Kind.NO, "unreadable", String.valueOf(e.getMessage())).because(e);
    }
  }

  private static Did own(HomeFolder home) {
    try {
      return HomeFolder.readKey(home.key("node")).did();
    } catch (Failure e) {
      throw e.hint("--node says whose journal it is to be: the did:key that `grid status` shows");
    }
  }

  private String text(Told found) {
    Rows rows = new Rows();
    if (!found.is("sound")) {
      Told damage = found.map("damage");
      rows.add("journal", "DAMAGED");
      rows.add("segment", damage.text("segment"));
      rows.add("byte", damage.number("at") + ", offset " + damage.number("offset"));
      rows.add("how", damage.text("how"));
      return rows.text();
    }
    rows.add("journal", "sound");
    rows.add("node", found.text("node"));
    rows.add(
        "entries",
        found.number("entries") + ", from " + when(found, "first") + " to " + when(found, "last"));
    rows.add(
        "segments",
        found.number("segments") + ", " + found.number("archived") + " of them archived");
    rows.add("seals", found.number("seals"));
    rows.add("sealed", found.number("sealed") + ":" + found.text("hash"));
    if (found.number("unsealed") > 0) {
      rows.add(
          "not sealed",
          found.number("unsealed") + " entries at the end; the next start seals them");
    }
    return rows.text();
  }

  private String when(Told found, String name) {
    OptionalLong millis = found.maybeNumber(name);
    return millis.isPresent()
        ? Spans.text(Instant.ofEpochMilli(millis.getAsLong()), session.zone())
        : "never";
  }
}
