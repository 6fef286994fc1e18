package org.promisegrid.kernel.token;

import java.time.Duration;
import java.time.Instant;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// A caller's signature on one call: that the key which a token names asks for this function with
/// this payload, of this node, now.
///
/// A detached [CoseSign1] with the protected header `{1: -8, 15: {3: callee, 4: exp, 6: iat}}`
/// ([RFC 9597](https://www.rfc-editor.org/rfc/rfc9597)) over the encoding of `[42(function),
/// payload bytes, 42(leaf), callee, iat, exp]`.
public final class CallSignature {

  /// Longest time from `iat` to `exp`: how long a node has to remember a call to know it again.
  public static final Duration MAX_LIFETIME = Duration.ofHours(1);

  /// How far a caller's clock may be ahead. Behind, it may be by as much as the signature lives;
  /// its end is exact, since that is when a node forgets the call.
  public static final Duration MAX_AHEAD = Duration.ofMinutes(1);

  private static final long ALGORITHM = 1;
  private static final long CWT_CLAIMS = 15;

  private final CoseSign1 signature;
  private final String callee;
  private final Instant issued;
  private final Instant until;

  private CallSignature(CoseSign1 signature, String callee, Instant issued, Instant until) {
    this.signature = signature;
    this.callee = callee;
    this.issued = issued;
    this.until = until;
  }

  /// Signs a call.
  ///
  /// @param document the CID of the call's protocol document
  /// @param function what is called
  /// @param payload the encoding of `[params, input, terms]`
  /// @param leaf the token that is used
  /// @param callee the node that is asked
  /// @param issued now, in whole seconds
  /// @param until when the call is void, in whole seconds
  /// @throws IllegalArgumentException if it would be void at once, or live longer than
  ///   [#MAX_LIFETIME]
  public static byte[] sign(
      Cid document,
      SigningKey key,
      Cid function,
      byte[] payload,
      Cid leaf,
      Did callee,
      Instant issued,
      Instant until) {
    if (!Claims.isWholeSecond(issued) || !Claims.isWholeSecond(until)) {
      throw new IllegalArgumentException("a call is signed for whole seconds");
    }
    if (!until.isAfter(issued) || issued.plus(MAX_LIFETIME).isBefore(until)) {
      throw new IllegalArgumentException(
          "a call is signed for 1 s to " + MAX_LIFETIME.toHours() + " h");
    }
    return CoseSign1.detached(
        key,
        header(callee.toString(), issued, until),
        signed(function, payload, leaf, callee.toString(), issued, until),
        document);
  }

  /// Reads a signature; whether it is good, the other methods tell.
  public static CallSignature decode(byte[] bytes) throws MalformedException {
    CoseSign1 signature = CoseSign1.decode(bytes);
    if (signature.payload().isPresent()) {
      throw new MalformedException("a call's signature with a payload of its own");
    }
    if (!(signature.header().get(CWT_CLAIMS).orElse(Item.NULL) instanceof Item.Table claims)
        || !(claims.get(ClaimsReader.AUDIENCE).orElse(Item.NULL) instanceof Item.Text(var callee))
        || !(claims.get(ClaimsReader.UNTIL).orElse(Item.NULL) instanceof Item.Int(long until))
        || !(claims.get(ClaimsReader.ISSUED).orElse(Item.NULL) instanceof Item.Int(long issued))
        || claims.entries().size() != 3
        || signature.header().entries().size() != 2) {
      throw new MalformedException("a call's signature whose header isn't {1, 15: {3, 4, 6}}");
    }
    long last = Claims.MAX_TIME.getEpochSecond();
    if (issued < 0 || issued > last || until <= issued || until > last) {
      throw new MalformedException("a call's signature with times that can't be");
    }
    return new CallSignature(
        signature, callee, Instant.ofEpochSecond(issued), Instant.ofEpochSecond(until));
  }

  /// Whether the call is for `node`.
  public boolean isFor(Did node) {
    return callee.equals(node.toString());
  }

  /// Whether the call can be honoured at `now`.
  public boolean isLiveAt(Instant now) {
    return now.isBefore(until)
        && !issued.minus(MAX_AHEAD).isAfter(now)
        && !issued.plus(MAX_LIFETIME).isBefore(until);
  }

  /// When it was signed, by the clock of who signed it.
  public Instant issued() {
    return issued;
  }

  /// When the call is void.
  public Instant until() {
    return until;
  }

  /// Whether `key` signed this call, with this token.
  public boolean isBy(PublicKey key, Cid document, Cid function, byte[] payload, Cid leaf) {
    return signature.verify(key, signed(function, payload, leaf, callee, issued, until), document);
  }

  private static Item.Table header(String callee, Instant issued, Instant until) {
    return Item.table()
        .put(ALGORITHM, Item.of(-8))
        .put(
            CWT_CLAIMS,
            Item.table()
                .put(ClaimsReader.AUDIENCE, Item.of(callee))
                .put(ClaimsReader.UNTIL, Item.of(until.getEpochSecond()))
                .put(ClaimsReader.ISSUED, Item.of(issued.getEpochSecond()))
                .build())
        .build();
  }

  private static byte[] signed(
      Cid function, byte[] payload, Cid leaf, String callee, Instant issued, Instant until) {
    return Cbor.encode(
        Item.array(
            Item.of(function),
            Item.of(payload),
            Item.of(leaf),
            Item.of(callee),
            Item.of(issued.getEpochSecond()),
            Item.of(until.getEpochSecond())));
  }
}
