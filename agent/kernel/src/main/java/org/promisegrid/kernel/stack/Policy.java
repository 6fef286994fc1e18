package org.promisegrid.kernel.stack;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.promisegrid.sandbox.service.ServiceExit;

/// When what ended is started again: by the service's own policy, after 1 s, then twice as long
/// each time up to 1 min, until it ran for 10 min.
final class Policy {

  static final Duration SHORTEST = Duration.ofSeconds(1);
  static final Duration LONGEST = Duration.ofMinutes(1);
  static final Duration STEADY = Duration.ofMinutes(10);
  static final Duration EARLY = Duration.ofSeconds(10);

  private final InstantSource clock;

  Policy(InstantSource clock) {
    this.clock = clock;
  }

  /// Whether it may be started now.
  boolean isDue(Replica replica) {
    return replica.renew
        || (!replica.over && replica.again.filter(clock.instant()::isBefore).isEmpty());
  }

  /// Somebody asked for it: what was before doesn't count any more.
  void renewed(Replica replica) {
    replica.over = false;
    replica.again = Optional.empty();
    replica.tries = 0;
    replica.recent.clear();
    replica.why = Optional.empty();
  }

  /// Whether it ended so soon that it hardly did anything.
  boolean isEarly(ServiceExit exit) {
    return Duration.between(exit.started(), exit.ended()).compareTo(EARLY) < 0;
  }

  /// It ended by itself.
  void ended(Replica replica, Declaration wanted, ServiceExit exit) {
    again(replica, wanted.restart(), exit, exit.code() != 0, "it ended with " + exit.code());
  }

  /// It was stopped since it wasn't healthy.
  void wasIll(Replica replica, Declaration wanted, ServiceExit exit) {
    again(replica, wanted.restart(), exit, true, "it wasn't healthy");
  }

  private void again(
      Replica replica, Restart restart, ServiceExit exit, boolean failure, String what) {
    Instant now = clock.instant();
    boolean wanted =
        switch (restart.policy()) {
          case ALWAYS -> true;
          case FAILURE -> failure;
          case NEVER -> false;
        };
    if (!wanted) {
      replica.over = true;
      replica.why = failure ? Optional.of(what + ", and isn't started again") : Optional.empty();
      return;
    }
    replica.recent.removeIf(at -> at.isBefore(now.minus(restart.within())));
    if (restart.most() > 0 && replica.recent.size() >= restart.most()) {
      replica.over = true;
      replica.why =
          Optional.of(
              what
                  + " after it was started again "
                  + replica.recent.size()
                  + " times within "
                  + restart.within().toSeconds()
                  + " s: `service.restart` tries once more");
      return;
    }
    if (Duration.between(exit.started(), exit.ended()).compareTo(STEADY) >= 0) {
      replica.tries = 0;
    }
    replica.again = Optional.of(now.plus(backOff(replica.tries)));
    replica.tries++;
    replica.why = Optional.of(what);
  }

  /// What was to be done to it failed.
  void failed(Replica replica) {
    replica.notBefore = Optional.of(clock.instant().plus(backOff(replica.tries)));
    replica.tries++;
  }

  static Duration backOff(int tries) {
    Duration wait = SHORTEST.multipliedBy(1L << Math.min(tries, 10));
    return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
  }

  /// Whether it is to be stopped for want of health.
  boolean isIll(Replica replica, Declaration wanted) {
    return wanted.restart().policy() != Restart.Policy.NEVER && isIll(replica);
  }

  boolean isIll(Replica replica) {
    Checking checking = replica.checking;
    return checking != null && checking.standing == Checking.Standing.UNHEALTHY;
  }
}
