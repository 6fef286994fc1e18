package org.promisegrid.kernel.call;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.sandbox.Cid;

/// A call that came and has no answer yet: which run it waits for now, and what it is answered in
/// the end. A run that comes to nothing for its first caller alone is no answer to those who joined
/// it: their calls wait for another then.
///
/// The same call may have been sent more than once; all its senders are in here.
final class Unanswered {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Cid call;
  private final Cid function;
  private final String principal;
  private final Instant came;
  private int senders;
  private boolean cancelled;
  private @Nullable Leg leg;
  private @Nullable Payload answer;
  private boolean over;

  Unanswered(Wanted wanted) {
    this(wanted.call(), wanted.function(), wanted.caller().principal(), wanted.came());
  }

  Unanswered(Cid call, Cid function, String principal, Instant came) {
    this.call = call;
    this.function = function;
    this.principal = principal;
    this.came = came;
  }

  /// A run that it waited for, or waits for.
  ///
  /// @param number 1 for the first
  /// @param before how often runs of it had begun before this one did
  record Leg(int number, int before, Flight flight) {}

  /// What waiting for an answer led to.
  sealed interface Waited {
    record Answered(Payload payload) implements Waited {}

    /// All who sent it have left.
    record Left() implements Waited {}

    /// It isn't answered yet.
    record Late() implements Waited {}
  }

  Cid function() {
    return function;
  }

  /// Who sent it.
  String principal() {
    return principal;
  }

  Instant came() {
    return came;
  }

  /// Somebody sends it, and waits.
  Unanswered enter() {
    lock.lock();
    try {
      senders++;
      return this;
    } finally {
      lock.unlock();
    }
  }

  /// Somebody who sent it doesn't wait any more.
  ///
  /// @param told what they were answered; empty if they left without an answer
  /// @return whether nobody is left
  boolean leave(Optional<Payload> told) {
    lock.lock();
    try {
      senders--;
      if (answer == null) {
        answer = told.orElse(null);
      }
      over = senders == 0;
      changed.signalAll();
      return over;
    } finally {
      lock.unlock();
    }
  }

  /// It has a seat in this run.
  void boards(Flight flight) {
    lock.lock();
    try {
      Leg last = leg;
      if (last == null) {
        leg = new Leg(1, 0, flight);
      } else if (last.flight() != flight) {
        int before = last.before() + last.flight().output().attempts() + 1;
        leg = new Leg(last.number() + 1, before, flight);
      }
      if (cancelled) {
        boolean _ = flight.cancel(call);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The run that it waits for, or waited for last.
  Optional<Leg> leg() {
    lock.lock();
    try {
      return Optional.ofNullable(leg);
    } finally {
      lock.unlock();
    }
  }

  /// Whether its caller doesn't want it any more.
  boolean cancelled() {
    lock.lock();
    try {
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  /// Gives it up, wherever it waits.
  ///
  /// @return whether its run is being stopped: nobody else waits for that
  boolean cancel() {
    lock.lock();
    try {
      cancelled = true;
      return leg != null && leg.flight().cancel(call);
    } finally {
      lock.unlock();
    }
  }

  /// Waits until it is answered.
  Waited await(Instant deadline, InstantSource clock) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        if (answer != null) {
          return new Waited.Answered(answer);
        }
        if (over) {
          return new Waited.Left();
        }
        long nanos = Duration.between(clock.instant(), deadline).toNanos();
        if (nanos <= 0) {
          return new Waited.Late();
        }
        // Whether the time is up is the clock's to tell, above.
        var _ = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /// What comes after a leg.
  sealed interface Next {
    record Boarded(Leg leg) implements Next {}

    /// None: it is answered, or all who sent it have left.
    record Over(Optional<Payload> answer) implements Next {}

    /// Nothing within the time.
    record Quiet() implements Next {}
  }

  /// Waits for the run after those that are known.
  ///
  /// @param number the last known one's; 0 for none
  Next next(int number, Duration atMost) throws InterruptedException {
    long nanos = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        if (leg != null && leg.number() > number) {
          return new Next.Boarded(leg);
        }
        if (over || answer != null) {
          return new Next.Over(Optional.ofNullable(answer));
        }
        if (nanos <= 0) {
          return new Next.Quiet();
        }
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
