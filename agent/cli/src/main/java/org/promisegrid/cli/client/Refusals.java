package org.promisegrid.cli.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Item;

/// Says for a person why an agent didn't do what it was asked.
final class Refusals {

  private Refusals() {}

  /// The failure that an answer is which is neither kept nor a receipt.
  static Failure of(Payload payload) {
    return switch (payload) {
      case Payload.Kept _, Payload.Receipted _, Payload.Promised _ ->
          throw new IllegalArgumentException("that is no refusal");
      case Payload.Revoked revoked ->
          Failure.of(
                  Failure.Kind.NO,
                  "revoked",
                  "revoked: the issuer took back token " + revoked.token())
              .more(Item.table().put("token", revoked.token()).build())
              .hint("ask whoever gave it to you for another one");
      case Payload.Broken(String detail) ->
          Failure.agent("the agent failed: " + detail).hint("its log says more (agent.log)");
      case Payload.NotPromised no -> notPromised(no);
    };
  }

  private static Failure notPromised(Payload.NotPromised no) {
    Failure failure =
        Failure.of(Failure.Kind.NO, no.reason().code(), sentence(no.reason(), no.detail()))
            .more(no.more());
    return hint(no).map(failure::hint).orElse(failure);
  }

  private static String sentence(Answer.Reason reason, String detail) {
    String word = reason.code().replace('_', ' ');
    return detail.isBlank() ? word : word + ": " + detail;
  }

  private static Optional<String> hint(Payload.NotPromised no) {
    return switch (no.reason()) {
      case UNAUTHORIZED ->
          Optional.of(
              "its owner issues a token with"
                  + " `grid token issue --function NAME --bearer --until 1h`");
      case ABSENT -> Optional.of("it isn't there, or your token doesn't cover it");
      case UNABLE -> unable(no.more());
      case EXHAUSTED ->
          Optional.of(
              no.more().get("retry_after").orElse(Item.NULL) instanceof Item.Int(long ms)
                  ? "try again in " + Math.max(1, (ms + 999) / 1000) + " s"
                  : "try again later");
      case MALFORMED, INVALID, CONFLICT, UNSUPPORTED, TOO_LARGE, NOT_CACHED, DEADLINE, REFUSED ->
          Optional.empty();
    };
  }

  /// What helps where nobody is able. Only of a call `grid explain` has more to tell; what each
  /// target says to a service came with the answer; and nothing helps where no target was asked.
  private static Optional<String> unable(Item.Table more) {
    if (!(more.get("targets").orElse(Item.NULL) instanceof Item.Array(List<Item> targets))) {
      return Optional.empty();
    }
    if (targets.isEmpty()) {
      return Optional.of("`grid status` shows the targets that there are");
    }
    List<String> whys = new ArrayList<>();
    for (Item each : targets) {
      if (each instanceof Item.Table target
          && target.get("target").orElse(Item.NULL) instanceof Item.Text(String name)
          && target.get("why").orElse(Item.NULL) instanceof Item.Text(String why)
          && target.get("able").isEmpty()) {
        whys.add(name + ": " + why);
      }
    }
    return Optional.of(
        whys.isEmpty()
            ? "`grid explain` shows every target and why it can't"
            : String.join("; ", whys));
  }
}
