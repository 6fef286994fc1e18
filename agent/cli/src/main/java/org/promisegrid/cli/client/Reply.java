package org.promisegrid.cli.client;

import java.io.InputStream;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Item;

/// An answer that is the asked node's, to this call.
///
/// @param after what follows it on the stream, where the function's document says so
public record Reply(Call call, Answer answer, InputStream after) {

  /// Whether the call goes on by itself, and can be asked for by its name.
  public boolean isPromised() {
    return answer.payload() instanceof Answer.Payload.Promised;
  }

  /// What a kernel function kept.
  ///
  /// @param function its name, for complaints
  /// @throws Failure if the answer is another
  public Told kept(String function) {
    return switch (answer.payload()) {
      case Answer.Payload.Kept(Item value) -> Told.of(value, function);
      case Answer.Payload.Promised _ ->
          throw Failure.agent("the agent answered " + function + " with a promise");
      case Answer.Payload.Receipted _ ->
          throw Failure.agent("the agent answered " + function + " with a receipt");
      case Answer.Payload.Revoked _, Answer.Payload.NotPromised _, Answer.Payload.Broken _ ->
          throw Refusals.of(answer.payload());
    };
  }
}
