package org.promisegrid.kernel;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.promisegrid.kernel.message.Answer.Reason;

/// What of the calls that were refused is written down: all that came with a token, and of others
/// one in a second, with how many there were before. Strangers are not to fill the disk.
final class Denials {

  private static final Duration QUIET = Duration.ofSeconds(1);

  private final InstantSource clock;
  private Instant last = Instant.MIN;
  private long left;

  Denials(InstantSource clock) {
    this.clock = clock;
  }

  /// What to write down of a call that was refused with `reason`, if anything.
  synchronized Optional<String> word(String reason) {
    if (!reason.equals(Reason.UNAUTHORIZED.code())) {
      return Optional.of(reason);
    }
    Instant now = clock.instant();
    if (!now.isBefore(last) && now.isBefore(last.plus(QUIET))) {
      left++;
      return Optional.empty();
    }
    String word = left == 0 ? reason : reason + ", and " + left + " more before";
    last = now;
    left = 0;
    return Optional.of(word);
  }
}
