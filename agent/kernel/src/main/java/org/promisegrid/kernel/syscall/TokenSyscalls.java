package org.promisegrid.kernel.syscall;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Protocols;
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
  private static final Cid REVOKE = Protocols.cid("token.revoke");

  private final Verifier verifier;
  private final Ledger ledger;
  private final InstantSource clock;
  private final Runnable revoked;

  /// @param revoked told after a token was taken back
  public TokenSyscalls(Verifier verifier, Ledger ledger, InstantSource clock, Runnable revoked) {
    this.revoked = revoked;
    this.clock = clock;
    this.verifier = verifier;
    this.ledger = ledger;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "token.list", Syscall.of("token.list", Page::of, this::list),
        "token.revoke", Syscall.of("token.revoke", Meant::of, this::revoke));
  }

  /// Which part of the list is asked for.
  private record Page(Optional<Cid> after, int most) {
    static Page of(Fields params) throws MalformedException {
      return new Page(params.link("after"), (int) params.number("limit", 1, PAGE).orElse(PAGE));
    }
  }

  private Syscall.Kept list(Caller caller, Page asked) {
    Optional<Cid> after = asked.after();
    int most = asked.most();
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
    Item.TableBuilder line = claims.told().put("token", token);
    if (claims.use().isPresent()) {
      long used = ledger.tokens().uses(token);
      line.put("used", used);
      claims.use().get().calls().ifPresent(most -> line.put("left", Math.max(0, most - used)));
    }
    ledger.tokens().lastUse(token).map(Instant::toEpochMilli).ifPresent(at -> line.put("last", at));
    return line.put(
            "over", claims.until().filter(end -> !clock.instant().isBefore(end)).isPresent())
        .put("revoked", ledger.tokens().isRevoked(token))
        .build();
  }

  /// A token that is to be taken back, with the chain that it is the leaf of, where it was shown.
  private record Meant(Cid token, Optional<Chain> chain) {
    static Meant of(Fields params) throws MalformedException {
      return switch (params.required("token", params.item("token"))) {
        case Item.Link(Cid cid) -> new Meant(cid, Optional.empty());
        case Item.Bytes bytes -> {
          Chain shown = Chain.decode(bytes.value());
          yield new Meant(shown.leaf(), Optional.of(shown));
        }
        default -> throw new MalformedException("token is a link, or the bytes of a chain");
      };
    }
  }

  private Syscall.Kept revoke(Caller caller, Meant meant) throws Refusal {
    Cid token = meant.token();
    Optional<Chain> chain = meant.chain();
    boolean owner = isOwners(caller);
    if (owner && caller.authority().links().contains(token) && !isOwnLeaf(caller, token)) {
      // Nobody else could let the owner in again.
      throw Refusal.invalid("the owner's own token can't be taken back with itself");
    }
    Optional<Did> by = revoker(caller);
    if (chain.isPresent()) {
      if (!(verifier.examine(chain.get()) instanceof Verifier.Examined.Sound(var authority))) {
        throw Refusal.invalid("this chain isn't one of this node");
      }
      if (!owner
          && !isOwnLeaf(caller, token)
          && by.filter(did -> authority.mayRevoke(did, token)).isEmpty()) {
        throw Refusal.absent();
      }
      for (Token link : authority.tokens().reversed()) {
        ledger.tokens().seen(link);
      }
    } else if (!isOwnLeaf(caller, token)
        && (owner ? ledger.tokens().claims(token).isEmpty() : !isAbove(by, token))) {
      throw Refusal.absent();
    }
    if (!ledger.tokens().isRevoked(token)) {
      ledger.tokens().revoked(token, caller.principal());
      revoked.run();
    }
    return new Syscall.Kept(Item.table().put("token", token).build());
  }

  /// In whose name the caller takes tokens back: their own, or that of who issued their bearer
  /// token for this.
  private static Optional<Did> revoker(Caller caller) {
    return switch (caller.authority().principal()) {
      case Principal.Holder(Did did) -> Optional.of(did);
      case Principal.Bearer _ ->
          isForThis(caller)
              ? Optional.of(caller.authority().leaf().claims().issuer())
              : Optional.empty();
    };
  }

  private static boolean isForThis(Caller caller) {
    return caller.authority().leaf().claims().functions().isPresent()
        && caller.authority().covers(REVOKE, Set.of());
  }

  /// Whether the caller is the home's owner, or bears a token by which the owner lets them do this:
  /// all chains begin at their node.
  private static boolean isOwners(Caller caller) {
    List<Token> tokens = caller.authority().tokens();
    return caller.isOwner()
        || (caller.authority().principal() instanceof Principal.Bearer
            && isForThis(caller)
            && tokens.subList(1, tokens.size()).stream()
                .map(Token::claims)
                .allMatch(link ->
                    link.functions().isEmpty()
                        && link.bound().isEmpty()
                        && link.policy().conditions().isEmpty()
                        && link.use().isEmpty()));
  }

  /// A bearer may make what they hold worth nothing.
  private static boolean isOwnLeaf(Caller caller, Cid token) {
    return caller.authority().principal() instanceof Principal.Bearer
        && caller.authority().leaf().cid().equals(token);
  }

  /// Whether `by` issued the token, or one above it. An unknown one, nobody here issued.
  private boolean isAbove(Optional<Did> by, Cid token) {
    if (by.isEmpty()) {
      return false;
    }
    for (Optional<Cid> link = Optional.of(token); link.isPresent(); ) {
      Optional<Claims> claims = ledger.tokens().claims(link.get());
      if (claims.isEmpty()) {
        return false;
      }
      if (claims.get().issuer().equals(by.get())) {
        return true;
      }
      link = claims.get().parent();
    }
    return false;
  }
}
