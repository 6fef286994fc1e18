package org.promisegrid.kernel.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// A call: `grid([42(function), [params, input, terms], [chain, signature]])`.
///
/// Parameters are null, booleans, whole numbers, text, bytes, links, and lists and maps of those;
/// maps have text keys.
public final class Call {

  /// Most tokens of a chain.
  public static final int MAX_CHAIN = 16;

  private final Message message;
  private final Request request;
  private final List<Item.Bytes> chain;
  private final Optional<Item.Bytes> signature;

  private Call(
      Message message, Request request, List<Item.Bytes> chain, Optional<Item.Bytes> signature) {
    this.message = message;
    this.request = request;
    this.chain = chain;
    this.signature = signature;
  }

  /// Reads a message as a call.
  ///
  /// @throws MalformedException if its slots are not those of a call; says which and why
  public static Call decode(Message message) throws MalformedException {
    Cid function =
        message
            .function()
            .orElseThrow(
                () -> new MalformedException("a call of a function that no CID here names"));
    List<Item> slots = message.slots();
    if (slots.size() != 2) {
      throw new MalformedException(
          "a call has 2 slots after its function, payload and proof, not " + slots.size());
    }
    if (!(slots.get(0) instanceof Item.Array(List<Item> payload)) || payload.size() != 3) {
      throw new MalformedException("a call's payload is not [params, input, terms]");
    }
    if (!(slots.get(1) instanceof Item.Array(List<Item> proof)) || proof.size() != 2) {
      throw new MalformedException("a call's proof is not [chain, signature]");
    }
    if (!(payload.get(0) instanceof Item.Table params)) {
      throw new MalformedException("a call's params are not a map");
    }
    Plain.require(params, "a call's params");
    Request request =
        new Request(function, params, Input.decode(payload.get(1)), Terms.decode(payload.get(2)));
    return new Call(message, request, chain(proof.get(0)), signature(proof.get(1)));
  }

  /// A call that is complete: see [Request] for making one whose payload is still to be signed.
  ///
  /// @param chain tokens, leaf first
  /// @param signature of the leaf's audience; empty for a bearer token
  public static Call of(
      Cid function,
      Item.Table params,
      Input input,
      Terms terms,
      List<byte[]> chain,
      Optional<byte[]> signature) {
    return new Request(function, params, input, terms).proved(chain, signature);
  }

  /// What is asked for, before its proof.
  public record Request(Cid function, Item.Table params, Input input, Terms terms) {

    /// @throws IllegalArgumentException if a parameter is none of what a call can carry
    public Request {
      Plain.check(params, "a call's params");
    }

    /// The bytes that a signature covers: the encoding of `[params, input, terms]`.
    public byte[] payload() {
      return Cbor.encode(slot());
    }

    /// The call, with the tokens that cover it, leaf first, and the signature of the leaf's
    /// audience, if it names one.
    ///
    /// @throws IllegalArgumentException if there are more than [#MAX_CHAIN] tokens
    public Call proved(List<byte[]> chain, Optional<byte[]> signature) {
      if (chain.size() > MAX_CHAIN) {
        throw new IllegalArgumentException("a chain has at most " + MAX_CHAIN + " tokens");
      }
      List<Item.Bytes> tokens = chain.stream().map(Item::of).toList();
      Optional<Item.Bytes> signed = signature.map(Item::of);
      Item proof =
          Item.array(
              Item.array(tokens), signed.<Item>map(Item.Bytes.class::cast).orElse(Item.NULL));
      return new Call(Message.of(function, slot(), proof), this, tokens, signed);
    }

    private Item.Array slot() {
      return Item.array(params, input.toItem(), terms.toItem());
    }
  }

  public Message message() {
    return message;
  }

  /// The call's name: that of its bytes, proof included.
  public Cid cid() {
    return message.cid();
  }

  public Cid function() {
    return request.function();
  }

  public Item.Table params() {
    return request.params();
  }

  public Input input() {
    return request.input();
  }

  public Terms terms() {
    return request.terms();
  }

  /// Its tokens' bytes, leaf first.
  public List<byte[]> chain() {
    return chain.stream().map(Item.Bytes::value).toList();
  }

  /// The COSE_Sign1 of the leaf's audience; empty for a bearer token.
  public Optional<byte[]> signature() {
    return signature.map(Item.Bytes::value);
  }

  /// The bytes of slot 1 as they stand in the message. There is one encoding of an item: to encode
  /// it again is to cut it out.
  public byte[] payload() {
    return Cbor.encode(message.slots().getFirst());
  }

  /// What a call's signature covers.
  ///
  /// @param leaf the name of the leaf token
  /// @param callee the did:key of the node that is called
  /// @param issued when the signature was made, in seconds since 1970
  /// @param expires when it stops being valid, likewise
  public static byte[] signedContent(
      Cid function, byte[] payload, Cid leaf, String callee, long issued, long expires) {
    return Cbor.encode(
        Item.array(
            Item.of(function),
            Item.of(payload),
            Item.of(leaf),
            Item.of(callee),
            Item.of(issued),
            Item.of(expires)));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Call call && message.equals(call.message);
  }

  @Override
  public int hashCode() {
    return message.hashCode();
  }

  /// Its name and its function's; no token.
  @Override
  public String toString() {
    return "call " + cid() + " of " + function();
  }

  private static List<Item.Bytes> chain(Item item) throws MalformedException {
    if (!(item instanceof Item.Array(List<Item> elements))) {
      throw new MalformedException("a call's chain is not an array");
    }
    if (elements.size() > MAX_CHAIN) {
      throw new MalformedException(
          "a chain of " + elements.size() + " tokens, where " + MAX_CHAIN + " are the most");
    }
    List<Item.Bytes> tokens = new ArrayList<>(elements.size());
    for (Item element : elements) {
      if (!(element instanceof Item.Bytes token)) {
        throw new MalformedException("a token in a call's chain is not a byte string");
      }
      tokens.add(token);
    }
    return List.copyOf(tokens);
  }

  private static Optional<Item.Bytes> signature(Item item) throws MalformedException {
    return switch (item) {
      case Item.Null _ -> Optional.empty();
      case Item.Bytes bytes -> Optional.of(bytes);
      default -> throw new MalformedException("a call's signature is neither bytes nor null");
    };
  }
}
