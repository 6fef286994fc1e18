package org.promisegrid.kernel.call;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.dispatch.Cancellation;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;

/// One run, and the calls that wait for it. Each waits as long as it likes; the run is taken back
/// when the last has left.
final class Flight {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /// By call: the same one may have been sent more than once.
  private final Map<Cid, Set<Seat>> seats = new HashMap<>();

  /// Seats in which somebody still wants the result.
  private int staying;

  private final Cancellation cancellation = new Cancellation();
  private final Course course;

  /// What it may have to wait for.
  private final Set<Cid> code;

  private final Output output;
  private final Instant began;
  private @Nullable Landing landing;

  /// @param first who asks for it first, and on whose terms it runs
  Flight(Wanted first, Output output, Instant began) {
    this(
        new Course(first.call(), first.key(), first.conditions()),
        first.descriptor().forms().stream().map(Form::code).collect(Collectors.toSet()),
        output,
        began);
  }

  /// One that runs already.
  Flight(Course course, Output output, Instant began) {
    this(course, Set.of(), output, began);
  }

  private Flight(Course course, Set<Cid> code, Output output, Instant began) {
    this.course = course;
    this.code = code;
    this.output = output;
    this.began = began;
  }

  /// What is run.
  ///
  /// @param call for which it runs first of all
  /// @param conditions see [Wanted#conditions]; empty where they aren't known any more
  record Course(Cid call, Cid key, List<Object> conditions) {
    Course {
      conditions = List.copyOf(conditions);
    }
  }

  /// How it ended.
  sealed interface Landing {
    /// With a receipt.
    ///
    /// @param result if it is short enough to travel in an answer
    record Ended(Receipt receipt, Optional<Item.Bytes> result) implements Landing {}

    /// Without a run, and without an answer for those who joined: they look anew.
    record Abandoned() implements Landing {}

    /// Without a run.
    record Nothing(Answer.Payload payload) implements Landing {}
  }

  /// What waiting led to.
  sealed interface Waited {
    record Landed(Landing landing) implements Waited {}

    /// The caller's time is over; the run goes on for others.
    record Late() implements Waited {}

    /// The call was cancelled; the run goes on for others.
    record Left() implements Waited {}
  }

  /// One caller's place. Guarded by the flight's lock.
  static final class Seat {
    private final Cid call;
    private boolean cancelled;
    private boolean left;

    private Seat(Cid call) {
      this.call = call;
    }
  }

  /// Whether it runs what this key names: calls that share a nonce may not share what they ask for.
  boolean isFor(Cid key) {
    return course.key().equals(key);
  }

  /// The call for which it runs first of all.
  Cid by() {
    return course.call();
  }

  /// Whether it runs for this call first of all.
  boolean isBy(Cid call) {
    return by().equals(call);
  }

  /// Whether a run for `other` could go no other way than this one.
  boolean runsLike(Wanted other) {
    return course.conditions().equals(other.conditions());
  }

  Output output() {
    return output;
  }

  /// Tells whoever watches how far code is on its way, if it is this run's.
  void bringing(Cid brought, String far) {
    if (code.contains(brought)) {
      output.bringing(far);
    }
  }

  Instant began() {
    return began;
  }

  Cancellation cancellation() {
    return cancellation;
  }

  /// Takes a seat for a call; empty if it is too late: all had left, or it has landed.
  Optional<Seat> board(Cid call) {
    lock.lock();
    try {
      if (landing != null || cancellation.cancelled()) {
        return Optional.empty();
      }
      Seat seat = new Seat(call);
      seats.computeIfAbsent(call, any -> new HashSet<>()).add(seat);
      staying++;
      return Optional.of(seat);
    } finally {
      lock.unlock();
    }
  }

  /// Waits for the end. An interrupt leaves.
  Waited await(Seat seat, Optional<Instant> deadline, InstantSource clock)
      throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        Landing landed = landing;
        if (landed != null) {
          return new Waited.Landed(landed);
        }
        if (seat.cancelled && !cancellation.cancelled()) {
          return new Waited.Left();
        }
        if (deadline.isEmpty() || cancellation.cancelled()) {
          changed.await();
          continue;
        }
        long left = Duration.between(clock.instant(), deadline.get()).toNanos();
        if (left <= 0) {
          leave(seat);
          return new Waited.Late();
        }
        // Whether the time is up is the clock's to tell, above.
        var _ = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      leave(seat);
      throw e;
    } finally {
      lock.unlock();
    }
  }

  /// Gives the seats of a call up, and wakes who waits in them: with the receipt of the run if
  /// nobody is left to go on for.
  ///
  /// @return whether the run is being stopped
  boolean cancel(Cid call) {
    lock.lock();
    try {
      for (Seat seat : seats.getOrDefault(call, Set.of())) {
        if (!seat.cancelled) {
          seat.cancelled = true;
          staying--;
        }
      }
      takeBackIfEmpty();
      changed.signalAll();
      return cancellation.cancelled();
    } finally {
      lock.unlock();
    }
  }

  /// Takes note that nobody waits in a seat any more.
  void vacate(Seat seat) {
    lock.lock();
    try {
      remove(seat);
    } finally {
      lock.unlock();
    }
  }

  /// Waits for the end, without a seat: whoever waits so keeps no run going.
  Landing awaitLanding() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (landing == null) {
        changed.await();
      }
      return landing;
    } finally {
      lock.unlock();
    }
  }

  /// Likewise, until `deadline` if there is one; empty if that came first.
  Optional<Landing> awaitLanding(Optional<Instant> deadline, InstantSource clock)
      throws InterruptedException {
    if (deadline.isEmpty()) {
      return Optional.of(awaitLanding());
    }
    lock.lockInterruptibly();
    try {
      while (landing == null) {
        long left = Duration.between(clock.instant(), deadline.get()).toNanos();
        if (left <= 0) {
          return Optional.empty();
        }
        // Whether the time is up is the clock's to tell, above.
        var _ = changed.awaitNanos(left);
      }
      return Optional.of(landing);
    } finally {
      lock.unlock();
    }
  }

  /// Waits for the end of a run that was taken back, until `end` as [System#nanoTime] tells it;
  /// whether it came. An interrupt doesn't shorten that, and is kept for the caller.
  boolean awaitLandingUninterruptibly(long end) {
    boolean interrupted = false;
    lock.lock();
    try {
      while (landing == null) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        try {
          var _ = changed.awaitNanos(left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return true;
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Tells everyone how it ended.
  void land(Landing how) {
    lock.lock();
    try {
      landing = how;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void leave(Seat seat) {
    remove(seat);
    takeBackIfEmpty();
  }

  private void remove(Seat seat) {
    if (seat.left) {
      return;
    }
    seat.left = true;
    if (!seat.cancelled) {
      staying--;
    }
    seats.computeIfPresent(
        seat.call,
        (_, all) -> {
          all.remove(seat);
          return all.isEmpty() ? null : all;
        });
  }

  private void takeBackIfEmpty() {
    if (landing == null && staying == 0) {
      cancellation.cancel();
    }
  }
}
