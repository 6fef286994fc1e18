package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Credential;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Tokens: who may do what.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "Tokens: issue, attenuate (issue --from), show, list, revoke.")
final class TokenCommand {

  private static final String SUFFIX = ".token";

  private final Session session;

  TokenCommand(Session session) {
    this.session = session;
  }

  @Command(name = "show", description = "Show what a token says, without asking an agent.")
  int show(@Parameters(paramLabel = "FILE|TEXT|CID") String named) {
    Chain chain = Credential.chain(issued(named).map(Path::toString).orElse(named));
    return session.answer(Claimed.item(chain), () -> Claimed.text(chain, session.zone()));
  }

  @Command(
      name = "ls",
      description = "List who can do what: tokens that the node has seen, or this home issued.")
  int list() {
    try (Agent agent = session.agent()) {
      List<Item> tokens = new ArrayList<>();
      Set<Cid> seen = new HashSet<>();
      for (Told token : Pages.all(agent, "token.list", Item.EMPTY, "tokens").entries()) {
        tokens.add(token.table());
        seen.add(token.link("token"));
      }
      boolean whole = addUnseen(tokens, seen);
      Item.Table all = Item.table().put("tokens", Item.array(tokens)).build();
      int code = session.answer(all, () -> text(new Told(all, "token.list"), names(agent)));
      return whole ? code : Failure.Kind.NO.exit();
    }
  }

  /// Adds what this home issued and the node hasn't seen. One file that can't be read doesn't keep
  /// the others from being listed.
  ///
  /// @return whether all could be read
  private boolean addUnseen(List<Item> tokens, Set<Cid> seen) {
    boolean whole = true;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(session.home().tokens(), "*" + SUFFIX)) {
      for (Path file : files) {
        try {
          Chain chain = Credential.chain(file.toString());
          if (!seen.contains(chain.leaf())) {
            tokens.add(Claimed.listed(Credential.tokens(chain).getFirst()));
          }
        } catch (Failure failure) {
          whole = false;
          session.err().println("grid: " + Plain.line(failure.message()));
        }
      }
    } catch (NoSuchFileException _) {
      // None was ever issued here.
      return true;
    } catch (IOException e) {
      throw Failure.agent("can't read " + session.home().tokens() + ": " + e.getMessage())
          .because(e);
    }
    return whole;
  }

  /// What refs are called, for tokens name them by their CIDs.
  private Map<Cid, String> names(Agent agent) {
    Map<Cid, String> names = new HashMap<>();
    Item.Table all = RefCommand.list(agent, Optional.empty(), new Rows(), session);
    for (Told ref : new Told(all, "ref.list").list("refs")) {
      String name = ref.text("name");
      names.put(Callee.cid(agent.node(), name), name);
    }
    return names;
  }

  private String text(Told all, Map<Cid, String> names) {
    Rows rows = new Rows("token", "for", "until", "may", "last used", "state");
    Map<Cid, Told> known = new HashMap<>();
    all.list("tokens").forEach(token -> known.put(token.link("token"), token));
    for (Told token : all.list("tokens")) {
      List<Cid> functions =
          token.items("functions").stream()
              .filter(Item.Link.class::isInstance)
              .map(item -> ((Item.Link) item).cid())
              .toList();
      rows.add(
          token.link("token"),
          token.maybeText("audience").orElse("whoever holds it"),
          token.maybeNumber("until").isPresent()
              ? Spans.text(java.time.Instant.ofEpochMilli(token.number("until")), session.zone())
              : "no end",
          (functions.isEmpty() ? "everything" : Claimed.functions(functions, names))
              + conditions(token),
          token.maybeNumber("last").isPresent()
              ? Spans.text(java.time.Instant.ofEpochMilli(token.number("last")), session.zone())
              : "",
          state(token, known));
    }
    return rows.text();
  }

  /// What else must hold of a call, as [path, operator, value] each.
  private static String conditions(Told token) {
    StringBuilder text = new StringBuilder();
    for (Item condition : token.items("conditions")) {
      text.append(text.isEmpty() ? " if " : " and ").append(Json.write(condition));
    }
    return text.toString();
  }

  private static String state(Told token, Map<Cid, Told> known) {
    if (token.is("revoked")) {
      return "revoked";
    }
    for (Optional<Cid> above = token.maybeLink("parent"); above.isPresent(); ) {
      Optional<Told> parent = above.map(known::get);
      if (parent.isPresent() && parent.get().is("revoked")) {
        return "revoked above";
      }
      above = parent.flatMap(it -> it.maybeLink("parent"));
    }
    if (token.is("over")) {
      return "expired";
    }
    if (token.is("unseen")) {
      return "not used yet";
    }
    return token.maybeNumber("used").isPresent()
        ? "used "
            + token.number("used")
            + (token.maybeNumber("calls").isPresent() ? " of " + token.number("calls") : "")
        : "";
  }

  @Command(name = "revoke", description = "Take back a token, and all that descend from it.")
  int revoke(
      @Parameters(paramLabel = "CID|FILE|TEXT", description = "The token, or its name.")
          String named) {
    Optional<Cid> cid = Callee.parse(named);
    Optional<Path> issued = issued(named);
    // A node knows a token by its name only once it has seen it.
    Item token =
        cid.isPresent() && issued.isEmpty()
            ? Item.of(cid.get())
            : Item.of(
                Cbor.encode(Credential.chain(issued.map(Path::toString).orElse(named)).toItem()));
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("token.revoke", Item.table().put("token", token).build());
      return session.answer(kept.table(), () -> "revoked " + kept.link("token") + "\n");
    }
  }

  /// The file of a token that this home issued.
  private Optional<Path> issued(String named) {
    return Callee.parse(named)
        .map(cid -> session.home().tokens().resolve(cid + SUFFIX))
        .filter(Files::isRegularFile);
  }
}
