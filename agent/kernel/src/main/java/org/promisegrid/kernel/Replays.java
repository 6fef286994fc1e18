package org.promisegrid.kernel;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.token.CallSignature;
import org.promisegrid.sandbox.Cid;

/// Sees to it that a signed call of a kernel function that changes something is made once, though
/// whoever recorded it could send it again until its signature ends. What comes behind a call isn't
/// signed: sent again, it could come with anything.
///
/// Calls are remembered by their names, which nobody can change without the key, and in memory
/// alone: what was signed before this agent started counts for nothing. Safe for many threads.
final class Replays {

  /// Signatures live for an hour at most: this many changes an hour.
  static final int MOST = 100_000;

  private static final long LATER = 10_000;

  private final InstantSource clock;
  private final int most;
  private final Map<Cid, Instant> made = new HashMap<>();

  /// In whole seconds, as signatures tell their times.
  private Instant started;

  Replays(InstantSource clock) {
    this(clock, MOST);
  }

  /// @param most how many calls are remembered
  Replays(InstantSource clock, int most) {
    this.clock = clock;
    this.most = most;
    this.started = clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  /// A call that somebody signed, and that was verified, is going to be made.
  ///
  /// @throws Refusal `conflict` if it was made before, or may have been; `exhausted` if there is no
  ///   room to remember it
  synchronized void begin(Call call) throws Refusal {
    Optional<byte[]> bytes = call.signature();
    if (bytes.isEmpty()) {
      return; // a bearer's: whoever has seen it can make any other, too
    }
    CallSignature signature;
    try {
      signature = CallSignature.decode(bytes.get());
    } catch (MalformedException e) {
      throw new IllegalStateException("it was verified", e);
    }
    Instant now = clock.instant();
    if (now.isBefore(started)) {
      // The clock was set back: nobody could sign anything until it is as late again.
      started = now.truncatedTo(ChronoUnit.SECONDS);
    }
    if (signature.issued().isBefore(started)) {
      throw new Refusal(
          Reason.CONFLICT, "this call was signed before this agent started: sign it anew");
    }
    if (made.size() >= most) {
      made.values().removeIf(until -> !now.isBefore(until));
    }
    if (made.size() >= most && !made.containsKey(call.cid())) {
      throw new Refusal(
          Reason.EXHAUSTED,
          "too many changes within an hour",
          Item.table().put("retry_after", LATER).build());
    }
    if (made.putIfAbsent(call.cid(), signature.until()) != null) {
      throw new Refusal(
          Reason.CONFLICT,
          "this very call was made before: sign it anew, if it is to be made again");
    }
  }

  /// It was refused, and has changed nothing: it may be sent again.
  synchronized void refused(Call call) {
    made.remove(call.cid());
  }
}
