package org.promisegrid.kernel.call;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Limits;

/// The most that calls may let their runs use, whatever they ask for. Memory isn't in it: a target
/// has no more than it has, and runs wait for it.
///
/// @param written bytes of output, and as many of log
/// @param time for anybody but the owner, unless a binding of the owner's lets it be more
public record Ceiling(long written, Duration time) {

  /// The terms that a run is held to: `terms`, and where they say nothing no more than may be asked
  /// for.
  ///
  /// @param granted the terms of a binding of the owner's
  /// @throws Refusal if they ask for more
  Terms hold(Terms terms, boolean owner, Terms granted) throws Refusal {
    Terms.Bounds asked = terms.limits();
    if (asked.output().orElse(0) > written) {
      throw refusal("limits.output is at most " + written + " bytes on this node");
    }
    if (asked.log().orElse(0) > written) {
      throw refusal("limits.log is at most " + written + " bytes on this node");
    }
    Duration longest = owner ? Terms.LONGEST : longest(granted);
    if (asked.time().filter(wanted -> wanted.compareTo(longest) > 0).isPresent()) {
      throw refusal(
          "limits.time is at most " + longest.toMillis() + " ms on this node, but for its owner");
    }
    Limits usual = Limits.DEFAULT;
    Terms.Bounds lower =
        new Terms.Bounds(
            Optional.of(longest).filter(most -> most.compareTo(usual.time()) < 0),
            OptionalLong.empty(),
            lower(usual.output()),
            lower(usual.log()));
    return terms.toBuilder().limits(asked.over(lower)).build();
  }

  private Duration longest(Terms granted) {
    return granted.limits().time().filter(more -> more.compareTo(time) > 0).orElse(time);
  }

  private OptionalLong lower(long usual) {
    return written < usual ? OptionalLong.of(written) : OptionalLong.empty();
  }

  private static Refusal refusal(String detail) {
    return new Refusal(Reason.REFUSED, detail);
  }
}
