package org.promisegrid.kernel.syscall;

import java.time.Duration;
import java.util.Optional;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.Verdict;
import org.promisegrid.sandbox.Cid;

/// A call that ends here, with the answer that its caller gets. Carries no stack: being refused is
/// ordinary.
public final class Refusal extends Exception {

  private static final long serialVersionUID = 1;

  private final transient Answer.Payload payload;
  private final boolean late;

  public Refusal(Payload payload) {
    this(payload, false);
  }

  private Refusal(Payload payload, boolean late) {
    super(payload.toString(), null, false, false);
    this.payload = payload;
    this.late = late;
  }

  public Refusal(Reason reason, String detail) {
    this(new Payload.NotPromised(reason, detail));
  }

  public Refusal(Reason reason, String detail, Item.Table more) {
    this(new Payload.NotPromised(reason, detail, more));
  }

  /// What isn't there, or isn't for this caller: both read the same.
  public static Refusal absent() {
    return new Refusal(Reason.ABSENT, "there is no such thing here, or none for this token");
  }

  public static Refusal invalid(String detail) {
    return new Refusal(Reason.INVALID, detail);
  }

  /// A parameter that isn't what its function asks for.
  ///
  /// @param parameter which, and where in it
  /// @param expected what should be there
  public static Refusal invalid(String parameter, String expected, String detail) {
    return new Refusal(
        Reason.INVALID,
        detail,
        Item.table().put("parameter", parameter).put("expected", expected).build());
  }

  /// What a caller is told of a verdict against them.
  public static Refusal of(Verdict.Refusal verdict) {
    return switch (verdict) {
      case Verdict.NotCovered _ -> absent();
      case Verdict.Refused(String reason) -> new Refusal(Reason.REFUSED, reason);
      case Verdict.Unauthorized _ ->
          new Refusal(Reason.UNAUTHORIZED, "no valid token came with this call");
      case Verdict.Revoked(Cid token) -> new Refusal(new Payload.Revoked(token));
      case Verdict.Exhausted(Cid token, Optional<Duration> retryAfter) ->
          new Refusal(
              Reason.EXHAUSTED,
              "the uses of token " + token + " are spent",
              Item.table()
                  .put("limit", "uses")
                  .put("retry_after", retryAfter.map(wait -> Item.of(wait.toMillis())))
                  .build());
    };
  }

  public static Refusal unsupported(String detail) {
    return new Refusal(Reason.UNSUPPORTED, detail);
  }

  /// The same of a call that has changed something before it came to this, or may have.
  public Refusal late() {
    return new Refusal(payload, true);
  }

  /// Whether the call that ends so may have changed something.
  public boolean isLate() {
    return late;
  }

  public Payload payload() {
    return payload;
  }
}
