package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Target;

/// Decides whether a run may take a place on a target now, later, or not. [FairShare] is the
/// default; a policy may be put in its stead.
///
/// Implementations MUST be safe for many threads.
public interface Admission {

  /// Decides. Doesn't block.
  Ruling admit(Candidate candidate);

  /// How long a candidate would wait for its place if it came now; part of what is compared between
  /// targets.
  default Duration backlog(Candidate candidate) {
    return Duration.ZERO;
  }

  /// Who wants to run where.
  ///
  /// @param issuer whose turn it takes
  /// @param capacity what the target has, as last probed
  /// @param limits the most that the run may use
  record Candidate(String issuer, Target target, Fitness.Capacity capacity, Limits limits) {}

  /// What was decided.
  sealed interface Ruling {}

  /// Now; the slot is the candidate's until it closes it.
  record Run(Slot slot) implements Ruling {}

  /// Later, when the ticket says so; the candidate closes the ticket.
  record Wait(Ticket ticket) implements Ruling {}

  /// Not here.
  ///
  /// @param retryAfter when asking again may help
  record Refuse(Reason reason, String detail, Duration retryAfter) implements Ruling {}

  /// Why not.
  enum Reason {
    /// The target has too much to do.
    EXHAUSTED,
    /// The deadline passed while waiting.
    DEADLINE,
    /// It isn't wanted.
    REFUSED
  }

  /// A place on a target.
  interface Slot extends AutoCloseable {
    /// Gives the place to the next. Idempotent.
    @Override
    void close();
  }

  /// A place in a queue.
  interface Ticket extends AutoCloseable {

    /// Waits for its turn: [Run], or [Refuse] once the deadline has passed or it lost its place. An
    /// interrupt leaves the queue.
    Ruling await(Optional<Instant> deadline) throws InterruptedException;

    /// Leaves the queue, and gives back the slot if it came but wasn't taken. Idempotent.
    @Override
    void close();
  }
}
