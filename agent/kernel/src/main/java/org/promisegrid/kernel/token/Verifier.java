package org.promisegrid.kernel.token;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Judges calls by the tokens that come with them, for one node. Safe for many threads.
///
/// What can't change (a chain's shape, linkage and signatures) is remembered by the leaf's name;
/// what can (time, revocation, uses) is looked at each time. [Verdict] tells the order.
public final class Verifier {

  private final Did node;
  private final Cid tokenDocument;
  private final Cid callDocument;
  private final InstantSource clock;
  private final Revocations revocations;
  private final Uses uses;
  private final SoundChains sound;

  /// @param node the node that has to honour what it judges: the issuer of every root
  /// @param tokenDocument the CID of the token's protocol document
  /// @param callDocument the CID of the call's protocol document
  /// @param rememberedBytes most bytes of sound chains that are remembered; a chain has some
  ///   hundred bytes per link
  public Verifier(
      Did node,
      Cid tokenDocument,
      Cid callDocument,
      InstantSource clock,
      Revocations revocations,
      Uses uses,
      long rememberedBytes) {
    this.node = node;
    this.tokenDocument = tokenDocument;
    this.callDocument = callDocument;
    this.clock = clock;
    this.revocations = revocations;
    this.uses = uses;
    this.sound = new SoundChains(rememberedBytes);
  }

  /// What a chain is in itself, whatever the time.
  public sealed interface Examined {
    /// It leads from this node to its leaf without a gap.
    record Sound(Authority authority) implements Examined {}

    /// It doesn't.
    record Unsound(String reason) implements Examined {}
  }

  /// Looks at what can't change: that the root is this node's, that each link was issued by whom
  /// the one above it names, and names that one; that every link is signed, from the root down;
  /// that no link binds anew what is bound.
  public Examined examine(Chain chain) {
    Optional<Authority> known = sound.find(chain);
    if (known.isPresent()) {
      return new Examined.Sound(known.get());
    }
    List<Token> tokens;
    try {
      tokens = chain.tokens();
    } catch (MalformedException e) {
      return new Examined.Unsound(String.valueOf(e.getMessage()));
    }
    Optional<String> gap = gap(tokens);
    if (gap.isPresent()) {
      return new Examined.Unsound(gap.get());
    }
    // Root first: who has no token of this node can't make it verify more than one signature.
    for (Token token : tokens.reversed()) {
      if (!token.isSigned(tokenDocument)) {
        return new Examined.Unsound("a link that its issuer didn't sign");
      }
    }
    try {
      Authority authority = Authority.of(tokens);
      // Only sound chains are remembered, so that a stranger can't push them out.
      sound.remember(authority);
      return new Examined.Sound(authority);
    } catch (Authority.RebindingException e) {
      return new Examined.Unsound(String.valueOf(e.getMessage()));
    }
  }

  private Optional<String> gap(List<Token> tokens) {
    Claims root = tokens.getLast().claims();
    if (!root.issuer().equals(node)) {
      return Optional.of("a root that another node issued");
    }
    if (root.parent().isPresent()) {
      return Optional.of("a chain without its root");
    }
    for (int i = 0; i + 1 < tokens.size(); i++) {
      Claims link = tokens.get(i).claims();
      Token above = tokens.get(i + 1);
      if (link.parent().isEmpty() || !link.parent().get().equals(above.cid())) {
        return Optional.of("a link that doesn't name the one above it");
      }
      if (above.claims().audience().isEmpty()) {
        return Optional.of("a bearer token that was passed on");
      }
      if (!above.claims().audience().get().equals(link.issuer())) {
        return Optional.of("a link issued by another than the one above it names");
      }
    }
    return Optional.empty();
  }

  /// Judges who bears a chain, which needs no call: steps 1 and 2 of [Verdict]'s order. One that
  /// names an audience is good for nothing without a call that they signed: many see it.
  ///
  /// @return [Verdict.Granted], [Verdict.Unauthorized] or [Verdict.Revoked]
  public Verdict bearer(Chain chain) {
    return switch (examine(chain)) {
      case Examined.Unsound(String reason) -> new Verdict.Unauthorized(reason);
      case Examined.Sound(Authority authority) ->
          authority.leaf().claims().audience().isPresent()
              ? new Verdict.Unauthorized("a token for a key, and no signature by it")
              : inTime(authority, authority.until());
    };
  }

  /// Judges who calls: steps 1 and 2 of [Verdict]'s order. What is called isn't looked at yet.
  ///
  /// @param signature the caller's signature on the call, where the leaf names an audience
  /// @param function slot 0 of the call
  /// @param payload the encoding of the call's `[params, input, terms]`
  /// @return [Verdict.Granted], [Verdict.Unauthorized] or [Verdict.Revoked]
  public Verdict verify(Chain chain, Optional<byte[]> signature, Cid function, byte[] payload) {
    if (signature.isEmpty()) {
      return bearer(chain);
    }
    return switch (examine(chain)) {
      case Examined.Unsound(String reason) -> new Verdict.Unauthorized(reason);
      case Examined.Sound(Authority authority) -> {
        Optional<Did> audience = authority.leaf().claims().audience();
        yield audience.isEmpty()
            ? new Verdict.Unauthorized("a bearer token and a signature, which says nothing")
            : signed(authority, audience.get(), signature.get(), function, payload);
      }
    };
  }

  private Verdict signed(
      Authority authority, Did audience, byte[] bytes, Cid function, byte[] payload) {
    CallSignature signature;
    try {
      signature = CallSignature.decode(bytes);
    } catch (MalformedException e) {
      return new Verdict.Unauthorized(String.valueOf(e.getMessage()));
    }
    if (!signature.isFor(node)) {
      return new Verdict.Unauthorized("a call to another node");
    }
    if (!signature.isLiveAt(clock.instant())) {
      return new Verdict.Unauthorized("a call signed too early, too late, or for too long");
    }
    Cid leaf = authority.leaf().cid();
    if (!signature.isBy(audience.key(), callDocument, function, payload, leaf)) {
      return new Verdict.Unauthorized("a call that the token's audience didn't sign");
    }
    Instant until = signature.until();
    return inTime(authority, authority.until().filter(until::isAfter).or(() -> Optional.of(until)));
  }

  private Verdict inTime(Authority authority, Optional<Instant> until) {
    if (!authority.isLiveAt(clock.instant())) {
      return new Verdict.Unauthorized("a token before its beginning or after its end");
    }
    Optional<Cid> revoked = revocations.revokedAmong(authority.links());
    return revoked.isPresent()
        ? new Verdict.Revoked(revoked.get())
        : new Verdict.Granted(authority, until);
  }

  /// Takes one use of every link that limits its use: step 5 of [Verdict]'s order.
  ///
  /// @return why it couldn't, if it couldn't
  public Optional<Verdict.Exhausted> take(Authority authority) {
    if (authority.limits().isEmpty()) {
      return Optional.empty();
    }
    return switch (uses.take(authority.limits(), clock.instant())) {
      case Uses.Taken.Took _ -> Optional.empty();
      case Uses.Taken.Spent(Cid token, var retryAfter) ->
          Optional.of(new Verdict.Exhausted(token, retryAfter));
    };
  }
}
