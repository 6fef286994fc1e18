package org.promisegrid.kernel;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.token.CallSignature;
import org.promisegrid.sandbox.Cid;

/// Sees to it that a signed call of a kernel function that changes something is made once, though
/// whoever recorded it could send it again until its signature ends. What comes behind a call isn't
/// signed: sent again, it could come with anything.
///
/// Calls are remembered by their names, which nobody can change without the key, and in memory
/// alone: what was signed before this agent started counts for nothing. The owner is never told to
/// wait: where as many of theirs are remembered as may be, the earlier half is forgotten, and what
/// was signed until then counts for nothing either. Safe for many threads.
final class Replays {

  /// Signatures live for an hour at most: this many changes an hour of all but the owner, and that
  /// many calls of the owner's besides.
  static final int MOST = 100_000;

  /// Of what is remembered, the part that any one of them may fill, with all they passed it on to.
  private static final int SHARE = 4;

  /// Whose turn it never is: the owner's calls are counted against nobody.
  private static final String OWNER = "";

  private static final long LATER = 10_000;

  /// How often what ended is looked for: whoever asks again and again holds nobody up by it.
  private static final Duration SWEEP = Duration.ofSeconds(1);

  private final InstantSource clock;
  private final int most;
  private final Map<Cid, Made> made = new HashMap<>();
  private final Map<String, Integer> held = new HashMap<>();
  private Instant swept = Instant.EPOCH;

  /// In whole seconds, as signatures tell their times.
  private Instant started;

  /// The owner's calls that were signed until then aren't remembered any more.
  private Instant forgotten = Instant.MIN;

  Replays(InstantSource clock) {
    this(clock, MOST);
  }

  /// @param most how many calls are remembered of all but the owner, and of the owner
  Replays(InstantSource clock, int most) {
    this.clock = clock;
    this.most = most;
    this.started = clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  /// A call that somebody signed, and that was verified, is going to be made.
  ///
  /// @throws Refusal `conflict` if it was made before, or may have been; `exhausted` if there is no
  ///   room to remember it
  void begin(Call call, Caller caller) throws Refusal {
    begin(call, caller.isOwner() ? Optional.empty() : Optional.of(caller.turn()));
  }

  /// @param turn whose share it takes; empty for the owner, for whom room is made
  synchronized void begin(Call call, Optional<String> turn) throws Refusal {
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
    if (now.isBefore(forgotten)) {
      forgotten = now.truncatedTo(ChronoUnit.SECONDS).minusSeconds(1);
    }
    if (signature.issued().isBefore(started)) {
      throw new Refusal(
          Reason.CONFLICT, "this call was signed before this agent started: sign it anew");
    }
    String share = turn.orElse(OWNER);
    if (share.equals(OWNER) && !signature.issued().isAfter(forgotten)) {
      throw new Refusal(
          Reason.CONFLICT,
          "this call was signed before others that aren't remembered any more: sign it anew");
    }
    if (made.size() >= most || isFull(share)) {
      sweep(now);
    }
    if (made.containsKey(call.cid())) {
      throw new Refusal(
          Reason.CONFLICT,
          "this very call was made before: sign it anew, if it is to be made again");
    }
    if (isFull(share)) {
      throw new Refusal(
          Reason.EXHAUSTED,
          "too many changes within an hour",
          Item.table().put("retry_after", LATER).build());
    }
    made.put(call.cid(), new Made(signature.issued(), signature.until(), share));
    held.merge(share, 1, Integer::sum);
    if (held.getOrDefault(OWNER, 0) >= most) {
      forget();
    }
  }

  /// Forgets those of the owner's calls that were signed first, half of them or more.
  private void forget() {
    List<Instant> signed =
        made.values().stream()
            .filter(each -> each.share().equals(OWNER))
            .map(Made::issued)
            .sorted()
            .toList();
    forgotten = signed.get(signed.size() / 2);
    made.values()
        .removeIf(each -> {
          boolean early = each.share().equals(OWNER) && !each.issued().isAfter(forgotten);
          if (early) {
            letGo(each);
          }
          return early;
        });
  }

  /// How many calls are remembered.
  synchronized int remembered() {
    return made.size();
  }

  private boolean isFull(String share) {
    return !share.equals(OWNER)
        && (made.size() - held.getOrDefault(OWNER, 0) >= most
            || held.getOrDefault(share, 0) >= most / SHARE);
  }

  private void sweep(Instant now) {
    if (!now.isBefore(swept) && now.isBefore(swept.plus(SWEEP))) {
      return;
    }
    swept = now;
    made.values()
        .removeIf(each -> {
          boolean over = !now.isBefore(each.until());
          if (over) {
            letGo(each);
          }
          return over;
        });
  }

  private void letGo(Made each) {
    held.computeIfPresent(each.share(), (_, count) -> count == 1 ? null : count - 1);
  }

  /// It was refused, and has changed nothing: it may be sent again.
  synchronized void refused(Call call) {
    Made each = made.remove(call.cid());
    if (each != null) {
      letGo(each);
    }
  }

  /// @param until when its signature ends
  private record Made(Instant issued, Instant until, String share) {}
}
