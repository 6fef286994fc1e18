package org.promisegrid.kernel.message;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Usage;

/// A node's signed statement of how a run ended: `grid([42(receipt), body, signature])`.
///
/// It speaks of the key, not of a call: many answers may carry the same receipt.
public final class Receipt {

  /// Longest tail of a run's log that a receipt holds.
  public static final int MAX_LOG = 4 << 10;

  /// Longest explanation of how a run broke, in characters.
  public static final int MAX_WHY = 1000;

  private final Message message;
  private final Body body;
  private final Item.Bytes signature;

  private Receipt(Message message, Body body, Item.Bytes signature) {
    this.message = message;
    this.body = body;
    this.signature = signature;
  }

  /// What a receipt states.
  ///
  /// @param node who states it, and signs
  /// @param key the [CallKey]
  /// @param function what was run, never a ref to it
  /// @param params all of them: bound ones and defaults filled in
  /// @param input the name of what it read
  /// @param result what it wrote; there for every kept run
  /// @param target where it ran
  /// @param form the kind of code that ran, such as `wasm`
  /// @param code the code
  /// @param purity what is known of it
  /// @param isolation how well it was cut off
  /// @param started when, in whole milliseconds
  /// @param took how long, in whole microseconds
  /// @param use what it used; processor time in whole microseconds
  /// @param price what it cost, in micro-units of the node's credit
  /// @param log the tail of what it wrote to its standard error
  /// @param explain content: why it ran there
  /// @param differs an earlier receipt of this key whose result is another, though the function is
  ///   said to be pure
  public record Body(
      NodeId node,
      Cid key,
      Cid function,
      Item.Table params,
      Cid input,
      Ended outcome,
      Optional<Result> result,
      Target target,
      String form,
      Cid code,
      Purity purity,
      Isolation isolation,
      Instant started,
      Duration took,
      Usage use,
      long price,
      Item.Bytes log,
      Optional<Cid> explain,
      Optional<Cid> differs) {

    /// Cuts times to what a receipt can say.
    ///
    /// @throws IllegalArgumentException if a value is out of its range, or a kept run has no result
    public Body {
      started = started.truncatedTo(ChronoUnit.MILLIS);
      took = took.truncatedTo(ChronoUnit.MICROS);
      use = new Usage(use.cpu().truncatedTo(ChronoUnit.MICROS), use.memory());
      Plain.check(params, "a receipt's params");
      check(!took.isNegative() && !use.cpu().isNegative(), "a duration isn't negative");
      check(use.memory() >= 0 && price >= 0, "an amount isn't negative");
      check(log.length() <= MAX_LOG, "a log's tail is at most " + MAX_LOG + " bytes");
      check(outcome instanceof Ended.Broken || result.isPresent(), "a kept run has a result");
      check(!form.isEmpty() && !target.driver().isEmpty(), "a form and a driver have names");
      check(target.driver().indexOf(':') < 0, "a driver's name has no colon");
    }
  }

  /// What a run wrote.
  public record Result(Cid cid, long size) {
    /// @throws IllegalArgumentException if the size is negative
    public Result {
      check(size >= 0, "a size isn't negative");
    }
  }

  /// How a run ended.
  public sealed interface Ended {

    /// As promised.
    ///
    /// @param code what it exited with, where the form has exit codes
    record Kept(OptionalInt code) implements Ended {}

    /// Otherwise.
    ///
    /// @param code what it exited with; there exactly if it ended by an exit
    /// @param why more about it, for people
    record Broken(What what, OptionalInt code, Optional<String> why) implements Ended {
      /// @throws IllegalArgumentException if there is a code without an exit or the reverse, or the
      ///   explanation is too long
      public Broken {
        check(code.isPresent() == (what == What.EXIT), "a code goes with an exit");
        check(
            why.isEmpty() || why.get().length() <= MAX_WHY,
            "an explanation is at most " + MAX_WHY + " characters");
      }

      /// Who broke it.
      public By by() {
        return what.by();
      }
    }
  }

  /// Who broke a run.
  public enum By {
    FUNCTION,
    DRIVER,
    CALLER
  }

  /// What broke a run.
  public enum What {
    /// It exited with a code that its function doesn't count as kept.
    EXIT(By.FUNCTION),
    /// It crossed its time limit.
    TIME(By.FUNCTION),
    /// It crossed its memory limit.
    MEMORY(By.FUNCTION),
    /// It crossed its output limit.
    OUTPUT(By.FUNCTION),
    /// A trap, a fatal signal, a panic.
    FAULT(By.FUNCTION),
    /// Everybody who waited for it had left.
    CANCELLED(By.CALLER),
    /// It was told to stop.
    STOPPED(By.CALLER),
    /// Contact was lost: it may have run to its end.
    LOST(By.DRIVER);

    private final By by;

    What(By by) {
      this.by = by;
    }

    public By by() {
      return by;
    }
  }

  /// What is known of a run's purity.
  public enum Purity {
    /// The sandbox gave it nothing but its arguments and input.
    ENFORCED,
    /// The function's author says so.
    PROMISED,
    /// It isn't pure.
    NONE
  }

  /// Makes a receipt.
  ///
  /// @param signature the node's COSE_Sign1 over [#signedContent]
  public static Receipt of(Body body, byte[] signature) {
    Item.Bytes signed = Item.of(signature);
    return new Receipt(
        Message.of(Protocols.RECEIPT, ReceiptCodec.encode(body), signed), body, signed);
  }

  /// The bytes of a receipt: of [#of].
  public static byte[] encode(Body body, byte[] signature) {
    return of(body, signature).message.bytes();
  }

  /// Reads a message as a receipt. Its signature is not checked.
  ///
  /// @throws MalformedException if it isn't one
  public static Receipt decode(Message message) throws MalformedException {
    if (!message.function().equals(Optional.of(Protocols.RECEIPT))) {
      throw new MalformedException("not a receipt: slot 0 names something else");
    }
    List<Item> slots = message.slots();
    if (slots.size() != 2) {
      throw new MalformedException(
          "a receipt has 2 slots after its function, body and signature, not " + slots.size());
    }
    if (!(slots.get(1) instanceof Item.Bytes signature)) {
      throw new MalformedException("a receipt's signature is not a byte string");
    }
    return new Receipt(message, ReceiptCodec.decode(slots.get(0)), signature);
  }

  /// The encoding of a body, as the signature covers it.
  public static byte[] bodyBytes(Body body) {
    return Cbor.encode(ReceiptCodec.encode(body));
  }

  /// What a receipt's signature covers: `[42(receipt), body bytes]`.
  public static byte[] signedContent(byte[] body) {
    return Cbor.encode(Item.array(Item.of(Protocols.RECEIPT), Item.of(body)));
  }

  public Message message() {
    return message;
  }

  /// The receipt's name: that of its bytes, signature included.
  public Cid cid() {
    return message.cid();
  }

  public Body body() {
    return body;
  }

  /// The encoding of the body, as the signature covers it.
  public byte[] bodyBytes() {
    return Cbor.encode(message.slots().getFirst());
  }

  /// The node's COSE_Sign1.
  public byte[] signature() {
    return signature.value();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Receipt receipt && message.equals(receipt.message);
  }

  @Override
  public int hashCode() {
    return message.hashCode();
  }

  @Override
  public String toString() {
    return "receipt " + cid() + ": " + body.outcome();
  }

  private static void check(boolean good, String rule) {
    if (!good) {
      throw new IllegalArgumentException(rule);
    }
  }
}
