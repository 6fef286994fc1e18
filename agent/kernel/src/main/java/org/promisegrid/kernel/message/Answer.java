package org.promisegrid.kernel.message;

import java.util.List;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// What a caller gets back: `grid([42(answer), [42(call)], payload, proof])`.
///
/// It is correlated with its call by the call's name alone, and signed by the node that answers.
public final class Answer {

  /// Longest result that travels in an answer; a longer one is fetched by its name.
  public static final int MAX_INLINE_RESULT = 256 << 10;

  private final Message message;
  private final Cid call;
  private final Payload payload;
  private final Item.Bytes proof;

  private Answer(Message message, Cid call, Payload payload, Item.Bytes proof) {
    this.message = message;
    this.call = call;
    this.payload = payload;
    this.proof = proof;
  }

  /// What an answer says.
  public sealed interface Payload {

    /// A kernel function did what it is for.
    record Kept(Item value) implements Payload {}

    /// A run of a user function ended, well or not: the receipt says how.
    ///
    /// @param receipt the bytes of the receipt's message
    /// @param result what the run wrote, if it is short enough to travel along
    record Receipted(Item.Bytes receipt, How how, Optional<Item.Bytes> result) implements Payload {
      /// @throws IllegalArgumentException if the result is longer than [#MAX_INLINE_RESULT]
      public Receipted {
        if (result.isPresent() && result.get().length() > MAX_INLINE_RESULT) {
          throw new IllegalArgumentException("a result too long to travel in an answer");
        }
      }
    }

    /// The promise was revoked by its issuer, or one above it.
    record Revoked(Cid token) implements Payload {}

    /// Nothing was promised, so nothing is broken.
    ///
    /// @param more what else the caller should know: `retry_after`, `targets`, `head`, …
    record NotPromised(Reason reason, String detail, Item.Table more) implements Payload {
      /// @throws IllegalArgumentException if `more` says `reason` or `detail` again, or has a key
      ///   that is not text
      public NotPromised {
        if (more.get("reason").isPresent() || more.get("detail").isPresent()) {
          throw new IllegalArgumentException("the reason and the detail stand by themselves");
        }
        if (!more.entries().keySet().stream().allMatch(Item.Text.class::isInstance)) {
          throw new IllegalArgumentException("what more there is to know has names");
        }
      }

      public NotPromised(Reason reason, String detail) {
        this(reason, detail, Item.EMPTY);
      }
    }

    /// A kernel function failed by the node's own fault.
    record Broken(String detail) implements Payload {}

    /// The call was taken on: whatever comes of it can be asked for by its name.
    record Promised() implements Payload {}
  }

  /// How a node came by a receipt.
  public enum How {
    /// It ran the function for this call.
    RUN,
    /// The call joined a run that another had started.
    JOINED,
    /// It remembered the result.
    CACHE,
    /// Another node answered.
    PEER
  }

  /// Why nothing was promised.
  public enum Reason {
    /// The call is not well formed.
    MALFORMED,
    /// No valid token came with it.
    UNAUTHORIZED,
    /// A parameter is not what the function asks for.
    INVALID,
    /// There is no such thing, or none for this caller.
    ABSENT,
    /// It was changed meanwhile.
    CONFLICT,
    /// This node doesn't do that.
    UNSUPPORTED,
    /// There is no room now.
    EXHAUSTED,
    /// No target can honour it.
    UNABLE,
    /// It is larger than this node takes.
    TOO_LARGE,
    /// Only a remembered result would have done, and there is none.
    NOT_CACHED,
    /// The time that the caller would wait is over.
    DEADLINE,
    /// The node chose not to.
    REFUSED;

    /// As it stands in an answer.
    public String code() {
      return Words.of(this);
    }
  }

  /// Makes an answer.
  ///
  /// @param proof the node's COSE_Sign1 over [#signedContent]
  public static Answer of(Cid call, Payload payload, byte[] proof) {
    Item.Bytes signature = Item.of(proof);
    Message message =
        Message.of(
            Protocols.ANSWER, Item.array(Item.of(call)), AnswerCodec.encode(payload), signature);
    return new Answer(message, call, payload, signature);
  }

  /// The bytes of an answer: of [#of].
  public static byte[] encode(Cid call, Payload payload, byte[] proof) {
    return of(call, payload, proof).message.bytes();
  }

  /// Reads a message as an answer. Its proof is not checked.
  ///
  /// @throws MalformedException if it isn't one
  public static Answer decode(Message message) throws MalformedException {
    if (!message.function().equals(Optional.of(Protocols.ANSWER))) {
      throw new MalformedException("not an answer: slot 0 names something else");
    }
    List<Item> slots = message.slots();
    if (slots.size() != 3) {
      throw new MalformedException(
          "an answer has 3 slots after its function, parents, payload and proof, not "
              + slots.size());
    }
    if (!(slots.get(0) instanceof Item.Array(List<Item> parents))
        || parents.size() != 1
        || !(parents.getFirst() instanceof Item.Link(Cid call))) {
      throw new MalformedException("an answer's parents are not [link to the call]");
    }
    if (!(slots.get(2) instanceof Item.Bytes proof)) {
      throw new MalformedException("an answer's proof is not a byte string");
    }
    return new Answer(message, call, AnswerCodec.decode(slots.get(1)), proof);
  }

  /// The encoding of a payload, as the proof covers it.
  public static byte[] payloadBytes(Payload payload) {
    return Cbor.encode(AnswerCodec.encode(payload));
  }

  /// Reads a payload by itself, as [#payloadBytes] gives it.
  ///
  /// @throws MalformedException if it isn't one
  public static Payload payload(byte[] bytes) throws MalformedException {
    return AnswerCodec.decode(Cbor.decode(bytes));
  }

  /// What an answer's proof covers.
  public static byte[] signedContent(Cid call, byte[] payload) {
    return Cbor.encode(Item.array(Item.of(Protocols.ANSWER), Item.of(call), Item.of(payload)));
  }

  public Message message() {
    return message;
  }

  /// The name of the call that is answered.
  public Cid call() {
    return call;
  }

  public Payload payload() {
    return payload;
  }

  /// The encoding of the payload, as the proof covers it.
  public byte[] payloadBytes() {
    return Cbor.encode(message.slots().get(1));
  }

  /// The node's COSE_Sign1.
  public byte[] proof() {
    return proof.value();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Answer answer && message.equals(answer.message);
  }

  @Override
  public int hashCode() {
    return message.hashCode();
  }

  @Override
  public String toString() {
    return "answer to " + call + ": " + payload;
  }
}
