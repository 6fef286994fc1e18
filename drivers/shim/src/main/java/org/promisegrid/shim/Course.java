package org.promisegrid.shim;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Usage;

/// How far a connection and its run have come, what decided how it ends, and whoever waits for
/// that.
final class Course {

  private enum Phase {
    GREETING,
    /// Greeted, nothing asked of it.
    IDLE,
    /// Told to run something.
    BEGUN,
    RUNNING,
    /// It, or contact with it, has ended.
    OVER
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Phase phase = Phase.GREETING;
  private boolean taken;
  private boolean leaving;
  private @Nullable Ready ready;
  private Said.@Nullable Failed failed;
  private @Nullable Outcome decided;
  private @Nullable String lost;
  private @Nullable Exit exit;
  private @Nullable Ending ending;

  // What was said.

  void greeted(Ready first) {
    lock.lock();
    try {
      ready = first;
      phase = Phase.IDLE;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// It runs; true if it was decided meanwhile that it must end.
  boolean started() throws BrokenProtocolException {
    lock.lock();
    try {
      expect(Phase.BEGUN, "a start of nothing");
      phase = Phase.RUNNING;
      changed.signalAll();
      return decided != null;
    } finally {
      lock.unlock();
    }
  }

  void failed(Said.Failed reason) throws BrokenProtocolException {
    lock.lock();
    try {
      expect(Phase.BEGUN, "a failure of nothing");
      failed = reason;
    } finally {
      lock.unlock();
    }
  }

  /// Output came.
  ///
  /// @return false if it is what an earlier connection was about to hear
  boolean wrote() throws BrokenProtocolException {
    lock.lock();
    try {
      if (isUnasked()) {
        return false;
      }
      expect(Phase.RUNNING, "output of nothing");
      return true;
    } finally {
      lock.unlock();
    }
  }

  void exited(Exit last, ShimConnection.Told told) throws BrokenProtocolException {
    lock.lock();
    try {
      if (!isUnasked()) {
        expect(Phase.RUNNING, "an end of nothing");
        boolean begunHere = ready().state() == Ready.State.FRESH;
        if (begunHere && (told.out() != last.out() || told.err() != last.err())) {
          throw new BrokenProtocolException("an end that isn't that of " + told + ": " + last);
        }
      }
      exit = last;
    } finally {
      lock.unlock();
    }
  }

  private void expect(Phase expected, String otherwise) throws BrokenProtocolException {
    if (phase != expected) {
      throw new BrokenProtocolException(otherwise);
    }
  }

  private boolean isUnasked() {
    return phase == Phase.IDLE && ready().state() != Ready.State.FRESH;
  }

  // What was asked.

  /// It is to serve a run from now on, for the first time.
  ///
  /// @param fresh whether it is to begin one, or to take one up
  /// @throws IllegalStateException if that can't be
  void take(boolean fresh) {
    lock.lock();
    try {
      if (taken) {
        throw new IllegalStateException("a connection runs or resumes one thing");
      }
      if (fresh != (ready().state() == Ready.State.FRESH)) {
        throw new IllegalStateException("the shim is " + ready().state());
      }
      taken = true;
    } finally {
      lock.unlock();
    }
  }

  void begin() {
    enter(Phase.BEGUN);
  }

  void resume() {
    enter(Phase.RUNNING);
  }

  private void enter(Phase next) {
    lock.lock();
    try {
      if (phase != Phase.OVER) {
        phase = next;
      }
    } finally {
      lock.unlock();
    }
  }

  /// Decides the outcome, unless something else has.
  ///
  /// @return whether something runs that can be ended
  boolean decide(Outcome why) {
    lock.lock();
    try {
      if (leaving || (phase != Phase.BEGUN && phase != Phase.RUNNING)) {
        return false;
      }
      decided = decided == null ? why : decided;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Contact is lost, unless it was before.
  void lose(String why) {
    lock.lock();
    try {
      lost = lost == null ? why : lost;
    } finally {
      lock.unlock();
    }
  }

  /// Nothing more is decided.
  void leave() {
    lock.lock();
    try {
      leaving = true;
    } finally {
      lock.unlock();
    }
  }

  /// It has ended, and so has all that served it.
  void end() {
    lock.lock();
    try {
      phase = Phase.OVER;
      ending = ending();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Ending ending() {
    Usage usage = exit == null ? Usage.NONE : exit.usage();
    if (decided != null) {
      return new Ending(decided, usage);
    }
    return exit == null ? new Ending(new Outcome.Lost(lost()), usage) : exit.ending();
  }

  private String lost() {
    return lost == null ? "its connection ended" : lost;
  }

  // What is known and waited for.

  Ready ready() {
    lock.lock();
    try {
      if (ready == null) {
        throw new IllegalStateException("nobody has a connection that wasn't greeted");
      }
      return ready;
    } finally {
      lock.unlock();
    }
  }

  boolean isAlive() {
    lock.lock();
    try {
      return !leaving && lost == null;
    } finally {
      lock.unlock();
    }
  }

  Optional<Exit> exit() {
    lock.lock();
    try {
      return Optional.ofNullable(exit);
    } finally {
      lock.unlock();
    }
  }

  void awaitGreeting(Duration within) throws InterruptedException, ShimException {
    long left = TimeUnit.NANOSECONDS.convert(within);
    lock.lockInterruptibly();
    try {
      while (phase == Phase.GREETING && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (phase == Phase.GREETING) {
        throw new ShimException("no shim answered within " + within);
      }
      if (ready == null) {
        throw new ShimException("no shim answered: " + lost());
      }
    } finally {
      lock.unlock();
    }
  }

  /// @throws ShimException if what it was to run never began
  void awaitStart(Outbox outbox) throws InterruptedException, ShimException {
    lock.lockInterruptibly();
    try {
      while (phase == Phase.BEGUN) {
        changed.await();
      }
      if (failed != null) {
        throw new NotRunException(failed.errno(), failed.text());
      }
      if (phase == Phase.OVER && exit == null && !outbox.runTaken()) {
        throw new ShimException("the shim could not be told to run it: " + lost());
      }
    } finally {
      lock.unlock();
    }
  }

  /// @throws ShimException if it was lost before it could be taken up
  void requireResumed() throws ShimException {
    lock.lock();
    try {
      if (phase == Phase.OVER && exit == null) {
        throw new ShimException("the shim could not be told to go on: " + lost());
      }
    } finally {
      lock.unlock();
    }
  }

  boolean awaitEnd(Duration within) throws InterruptedException {
    long left = TimeUnit.NANOSECONDS.convert(within);
    lock.lockInterruptibly();
    try {
      while (ending == null && left > 0) {
        left = changed.awaitNanos(left);
      }
      return ending != null;
    } finally {
      lock.unlock();
    }
  }

  Ending await() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (ending == null) {
        changed.await();
      }
      return ending;
    } finally {
      lock.unlock();
    }
  }
}
