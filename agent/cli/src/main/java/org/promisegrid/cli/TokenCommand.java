package org.promisegrid.cli;

import java.util.Optional;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Credential;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Token;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Tokens: who may do what.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "Tokens: issue, attenuate (issue --from), show, list, revoke.",
    subcommandsRepeatable = false)
final class TokenCommand {

  private final Session session;

  TokenCommand(Session session) {
    this.session = session;
  }

  /// Commands that need objects of their own.
  static void complete(picocli.CommandLine token, Session session) {
    token.addSubcommand("issue", new TokenIssueCommand(session));
  }

  @Command(name = "show", description = "Show what a token says, without asking an agent.")
  int show(@Parameters(paramLabel = "FILE|TEXT") String token) {
    Chain chain = Credential.chain(token);
    return session.answer(Claimed.item(chain), () -> Claimed.text(chain, session.zone()));
  }

  @Command(name = "ls", description = "List who can do what, as far as the node has seen.")
  int list() {
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("token.list", Item.EMPTY);
      return session.answer(kept.table(), () -> text(kept));
    }
  }

  private String text(Told kept) {
    Rows rows = new Rows("token", "for", "until", "may", "state");
    for (Told token : kept.list("tokens")) {
      rows.add(
          token.link("token"),
          token.maybeText("audience").orElse("whoever holds it"),
          token.maybeNumber("until").isPresent()
              ? Spans.text(Claimed.time(token.number("until")), session.zone())
              : "no end",
          token.table().get("functions").isEmpty()
              ? "everything"
              : Claimed.functions(
                  token.items("functions").stream()
                      .filter(Item.Link.class::isInstance)
                      .map(item -> ((Item.Link) item).cid())
                      .toList()),
          token.is("revoked") ? "revoked" : "");
    }
    return rows.text();
  }

  @Command(
      name = "revoke",
      description = "Take back a token, and all that descend from it.")
  int revoke(
      @Parameters(paramLabel = "CID|FILE|TEXT", description = "The token, or its name.")
          String named) {
    Optional<Cid> cid = Callee.parse(named);
    Item token;
    if (cid.isPresent()) {
      token = Item.of(cid.get());
    } else {
      Token leaf = Credential.tokens(Credential.chain(named)).getFirst();
      token = leaf.bytes();
    }
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("token.revoke", Item.table().put("token", token).build());
      return session.answer(kept.table(), () -> "revoked " + kept.link("token") + "\n");
    }
  }
}
