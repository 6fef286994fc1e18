package org.promisegrid.kernel.syscall;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Claims;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Principal;
import org.promisegrid.kernel.token.Token;
import org.promisegrid.kernel.token.Verifier;
import org.promisegrid.sandbox.Cid;

/// `token.list`, `token.revoke`.
public final class TokenSyscalls {

  private static final int PAGE = 1000;

  private final Verifier verifier;
  private final Ledger ledger;
  private final InstantSource clock;

  public TokenSyscalls(Verifier verifier, Ledger ledger, InstantSource clock) {
    this.clock = clock;
    this.verifier = verifier;
    this.ledger = ledger;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "token.list", (caller, call, _) -> list(caller, call),
        "token.revoke", (caller, call, _) -> revoke(caller, call));
  }

  private Syscall.Kept list(Caller caller, Call.Request call) throws Refusal {
    Optional<Cid> after;
    int most;
    try {
      Fields params = Fields.of(call.params(), "token.list");
      after = params.link("after");
      most = (int) params.number("limit", 1, PAGE).orElse(PAGE);
      params.end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    List<Item> lines = new ArrayList<>();
    Optional<Cid> next = Optional.empty();
    Optional<Cid> from = after;
    // Tokens of others are left out, so a page may take several readings.
    while (next.isEmpty()) {
      SequencedMap<Cid, Claims> page = ledger.tokens().list(from, PAGE);
      if (page.isEmpty()) {
        break;
      }
      for (Map.Entry<Cid, Claims> token : page.entrySet()) {
        if (lines.size() == most) {
          next = from;
          break;
        }
        from = Optional.of(token.getKey());
        if (isVisible(caller, token.getKey(), token.getValue())) {
          lines.add(line(token.getKey(), token.getValue()));
        }
      }
    }
    return new Syscall.Kept(
        Item.table().put("tokens", Item.array(lines)).put("next", next.map(Item::of)).build());
  }

  private static boolean isVisible(Caller caller, Cid token, Claims claims) {
    Principal principal = caller.authority().principal();
    return caller.isOwner()
        || caller.authority().links().contains(token)
        || (principal instanceof Principal.Holder(Did did)
            && (claims.issuer().equals(did) || claims.audience().equals(Optional.of(did))));
  }

  private Item line(Cid token, Claims claims) {
    Item.TableBuilder line =
        Item.table().put("token", token).put("issuer", claims.issuer().toString());
    claims.audience().ifPresent(did -> line.put("audience", did.toString()));
    claims
        .functions()
        .ifPresent(all -> line.put("functions", Item.array(all.stream().map(Item::of).toList())));
    if (!claims.bound().isEmpty()) {
      line.put("bound", Item.table(claims.bound()));
    }
    claims.from().map(Instant::toEpochMilli).ifPresent(time -> line.put("from", time));
    claims.until().map(Instant::toEpochMilli).ifPresent(time -> line.put("until", time));
    if (claims.use().isPresent()) {
      claims.use().get().calls().ifPresent(most -> line.put("calls", most));
      long used = ledger.tokens().uses(token);
      line.put("used", used);
      claims.use().get().calls().ifPresent(most -> line.put("left", Math.max(0, most - used)));
    }
    ledger.tokens().lastUse(token).map(Instant::toEpochMilli).ifPresent(at -> line.put("last", at));
    return line.put(
            "over", claims.until().filter(end -> !clock.instant().isBefore(end)).isPresent())
        .put("parent", claims.parent().map(Item::of))
        .put("revoked", ledger.tokens().isRevoked(token))
        .build();
  }

  private Syscall.Kept revoke(Caller caller, Call.Request call) throws Refusal {
    Cid token;
    Optional<Chain> chain = Optional.empty();
    try {
      Fields params = Fields.of(call.params(), "token.revoke");
      switch (params.required("token", params.item("token"))) {
        case Item.Link(Cid cid) -> token = cid;
        case Item.Bytes bytes -> {
          Chain shown = Chain.decode(bytes.value());
          chain = Optional.of(shown);
          token = shown.leaf();
        }
        default -> throw new MalformedException("token is a link, or the bytes of a chain");
      }
      params.end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    if (chain.isPresent()) {
      if (!(verifier.examine(chain.get()) instanceof Verifier.Examined.Sound(var authority))) {
        throw Refusal.invalid("this chain isn't one of this node");
      }
      if (!caller.isOwner() && !authority.mayRevoke(caller.authority().principal(), token)) {
        throw Refusal.absent();
      }
      for (Token link : authority.tokens().reversed()) {
        ledger.tokens().seen(link);
      }
    } else if (!isOwners(caller, token) && !isAbove(caller, token)) {
      throw Refusal.absent();
    }
    if (!ledger.tokens().isRevoked(token)) {
      ledger.tokens().revoked(token, caller.principal());
    }
    return new Syscall.Kept(Item.table().put("token", token).build());
  }

  /// The owner may take back all that this node has to honour.
  private boolean isOwners(Caller caller, Cid token) {
    return caller.isOwner() && ledger.tokens().claims(token).isPresent();
  }

  /// Whether the caller issued the token, or one above it. An unknown one, nobody here issued.
  private boolean isAbove(Caller caller, Cid token) {
    if (!(caller.authority().principal() instanceof Principal.Holder(Did did))) {
      return false;
    }
    for (Optional<Cid> link = Optional.of(token); link.isPresent(); ) {
      Optional<Claims> claims = ledger.tokens().claims(link.get());
      if (claims.isEmpty()) {
        return false;
      }
      if (claims.get().issuer().equals(did)) {
        return true;
      }
      link = claims.get().parent();
    }
    return false;
  }
}
