package org.promisegrid.kernel.token;

import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// Who and what the stories about tokens are told with: a node and its owner, people with keys of
/// their own, functions, and a clock that stands still until a story moves it. All of it follows
/// from a seed.
final class Cast {

  static final Cid TOKEN = named("docs/protocols/token.md");
  static final Cid CALL = named("docs/protocols/call.md");
  static final Cid THUMB = named("thumb");
  static final Cid WIKI = named("wiki");
  static final Cid SHREDDER = named("shredder");

  final SecureRandom random;
  final SigningKey node;
  final SigningKey otherNode;
  final SigningKey owner;
  final SigningKey alice;
  final SigningKey bob;
  final SigningKey mallory;
  final Set<Cid> revoked = new HashSet<>();
  final CountedUses uses = new CountedUses(1000);
  Instant now = Instant.parse("2026-11-22T10:00:00Z");
  final InstantSource clock = () -> now;
  final Verifier verifier;

  Cast(long seed) {
    try {
      // Seeded before its first use, this one gives the same bytes for the same seed.
      random = SecureRandom.getInstance("SHA1PRNG");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    random.setSeed(seed);
    node = SigningKey.generate(random);
    otherNode = SigningKey.generate(random);
    owner = SigningKey.generate(random);
    alice = SigningKey.generate(random);
    bob = SigningKey.generate(random);
    mallory = SigningKey.generate(random);
    verifier = verifierOf(node);
  }

  Verifier verifierOf(SigningKey key) {
    return new Verifier(key.did(), TOKEN, CALL, clock, this::firstRevoked, uses, 100_000);
  }

  private Optional<Cid> firstRevoked(List<Cid> links) {
    return links.stream().filter(revoked::contains).findFirst();
  }

  static Cid named(String name) {
    return Cid.of(name.getBytes(StandardCharsets.UTF_8));
  }

  Issuer issuer(SigningKey key) {
    return new Issuer(key, TOKEN, clock, random);
  }

  /// What the owner has from their node: everything.
  Chain ownersRoot() {
    return issuer(node).root(Grant.to(owner.did()));
  }

  /// The owner lets Alice make thumbnails.
  Chain alicesThumbs() {
    return issuer(owner).delegate(ownersRoot(), Grant.to(alice.did()).may(THUMB));
  }

  /// What the owner grants Alice.
  Chain aliceGets(Grant grant) {
    return issuer(owner).delegate(ownersRoot(), grant);
  }

  /// What Alice passes on to Bob.
  Chain bobGets(Chain hers, Grant grant) {
    return issuer(alice).delegate(hers, grant);
  }

  Grant toAlice() {
    return Grant.to(alice.did()).may(THUMB);
  }

  Grant toBob() {
    return Grant.to(bob.did()).may(THUMB);
  }

  /// A call by `caller` with `chain`, as it is sent to this node.
  Call call(SigningKey caller, Chain chain, Cid function) {
    return call(caller, chain, function, Item.EMPTY);
  }

  Call call(SigningKey caller, Chain chain, Cid function, Item.Table params) {
    return call(caller, chain, function, params, Item.EMPTY);
  }

  Call call(SigningKey caller, Chain chain, Cid function, Item.Table params, Item.Table terms) {
    byte[] payload = payload(params, terms);
    byte[] signature =
        CallSignature.sign(
            CALL,
            caller,
            function,
            payload,
            chain.leaf(),
            node.did(),
            now,
            now.plus(Duration.ofMinutes(5)));
    return new Call(chain, Optional.of(signature), function, params, terms);
  }

  /// A call by whoever has `chain`, as `curl` sends it.
  static Call unsigned(Chain chain, Cid function, Item.Table params) {
    return new Call(chain, Optional.empty(), function, params, Item.EMPTY);
  }

  static byte[] payload(Item.Table params, Item.Table terms) {
    return Cbor.encode(Item.array(params, Item.NULL, terms));
  }

  record Call(
      Chain chain, Optional<byte[]> signature, Cid function, Item.Table params, Item.Table terms) {}

  /// What the node says to `call`: all five steps.
  Verdict verdict(Call call) {
    return verdict(verifier, call, Set.of());
  }

  Verdict verdict(Verifier by, Call call, Set<Cid> refs) {
    Verdict verdict =
        by.verify(
            call.chain(), call.signature(), call.function(), payload(call.params(), call.terms()));
    if (!(verdict instanceof Verdict.Granted(Authority authority, var _))) {
      return verdict;
    }
    CallView view =
        new CallView(
            call.function(),
            refs,
            authority.withBound(call.params()),
            Cid.of(new byte[0]),
            call.terms());
    Optional<Verdict.Refusal> refusal = authority.refusal(view);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Optional<Verdict.Exhausted> exhausted = by.take(authority);
    return exhausted.isPresent() ? exhausted.get() : verdict;
  }
}
