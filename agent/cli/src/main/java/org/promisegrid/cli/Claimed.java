package org.promisegrid.cli;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.cli.client.Credential;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Claims;
import org.promisegrid.kernel.token.Condition;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Token;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;

/// What the tokens of a chain claim, for people and programs. Nothing is verified here.
final class Claimed {

  private Claimed() {}

  /// All of a chain, leaf first.
  static Item item(Chain chain) {
    List<Item> links = new ArrayList<>();
    for (Token token : Credential.tokens(chain)) {
      links.add(item(token));
    }
    return Item.table().put("token", chain.leaf()).put("chain", Item.array(links)).build();
  }

  /// One token.
  static Item.Table item(Token token) {
    Claims claims = token.claims();
    Item.TableBuilder table =
        Item.table().put("token", token.cid()).put("issuer", claims.issuer().toString());
    claims.audience().ifPresent(did -> table.put("audience", did.toString()));
    claims.until().ifPresent(time -> table.put("until", time.toString()));
    claims.from().ifPresent(time -> table.put("from", time.toString()));
    table.put("issued", claims.issued().toString());
    claims
        .functions()
        .ifPresent(
            cids -> table.put("functions", Item.array(cids.stream().map(Item::of).toList())));
    if (!claims.bound().isEmpty()) {
      table.put("bound", Item.table(claims.bound()));
    }
    if (!claims.policy().conditions().isEmpty()) {
      table.put(
          "when",
          Item.array(
              claims.policy().conditions().stream()
                  .map(Condition::toString)
                  .map(Item::of)
                  .toList()));
    }
    claims.use().ifPresent(use -> table.put("use", use(use)));
    claims.parent().ifPresent(cid -> table.put("parent", cid));
    return table.build();
  }

  /// One token as `token.list` tells of it, but that no node has seen it.
  static Item.Table listed(Token token) {
    return token
        .claims()
        .told()
        .put("token", token.cid())
        .put("revoked", false)
        .put("unseen", true)
        .build();
  }

  /// All of a chain as text, leaf first.
  static String text(Chain chain, ZoneId zone) {
    StringBuilder text = new StringBuilder();
    for (Token token : Credential.tokens(chain)) {
      text.append(text.isEmpty() ? "" : "\ngiven by\n").append(text(token, zone));
    }
    return text.toString();
  }

  private static String text(Token token, ZoneId zone) {
    Claims claims = token.claims();
    Rows rows = new Rows();
    rows.add("token", token.cid());
    rows.add("from", claims.issuer());
    rows.add("for", claims.audience().map(Did::toString).orElse("whoever holds it"));
    rows.add("until", claims.until().map(time -> Spans.text(time, zone)).orElse("no end"));
    claims.from().ifPresent(time -> rows.add("begins", Spans.text(time, zone)));
    rows.add(
        "may", claims.functions().map(cids -> functions(cids, Map.of())).orElse("call everything"));
    claims.bound().forEach((name, value) -> rows.add("with", name + " = " + Json.write(value)));
    for (Condition condition : claims.policy().conditions()) {
      rows.add("if", condition);
    }
    claims.use().ifPresent(use -> rows.add("at most", use(use)));
    return rows.text();
  }

  /// Functions, by name where one is known.
  static String functions(Collection<Cid> cids, Map<Cid, String> names) {
    return String.join(
        ", ",
        cids.stream()
            .map(
                cid -> Protocols.name(cid).orElseGet(() -> names.getOrDefault(cid, cid.toString())))
            .toList());
  }

  private static String use(Use use) {
    Optional<String> rate =
        use.rate().map(each -> each.calls() + " calls per " + Spans.text(each.window()));
    if (use.calls().isEmpty()) {
      return rate.orElse("");
    }
    return use.calls().getAsLong() + " calls" + rate.map(each -> ", " + each).orElse("");
  }
}
