package org.promisegrid.kernel.dispatch;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// Looks after runs whose sandboxes outlived the agent that made them. A target that can't work yet
/// is waited for, by what its probes tell.
public final class Survival {

  private static final Expectation NOTHING_KNOWN =
      new Expectation(Duration.ZERO, Duration.ZERO, 0, 0);

  private final Targets targets;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Alarms alarms;
  private final Event.Sink events;

  /// @param alarms end what takes too long; their owner closes them
  public Survival(
      Targets targets, InstantSource clock, LongSupplier nanos, Alarms alarms, Event.Sink events) {
    this.targets = targets;
    this.clock = clock;
    this.nanos = nanos;
    this.alarms = alarms;
    this.events = events;
  }

  /// Whether a run that was begun there may have outlived its agent, and can be taken up.
  public boolean keeps(Target target) {
    return find(target).filter(Survival::keeps).isPresent();
  }

  private static boolean keeps(OpenTarget target) {
    return target.traits().containsAll(Set.of(Trait.OUTLIVES_AGENT, Trait.KEEPS_OUTPUT));
  }

  private Optional<OpenTarget> find(Target target) {
    return targets.opened().stream().filter(it -> it.target().equals(target)).findFirst();
  }

  /// Takes up the run of `order`, which was begun on a target, and blocks until it has ended. It
  /// has no price, and takes no place in queues: it runs already.
  ///
  /// @param isolation what it was begun with
  /// @param cancellation gives up waiting for the target, or stops what runs
  /// @throws IOException if the input can't be read or a sink can't be written; what ran was ended
  public Resumed resume(
      Order order, Target on, Isolation isolation, Sinks sinks, Cancellation cancellation)
      throws InterruptedException, IOException {
    Optional<OpenTarget> target = find(on);
    if (target.isEmpty()) {
      return new Resumed.Gone();
    }
    Bid bid =
        new Bid(
            on,
            order.forms().getFirst(),
            0,
            new Offer(false, isolation, NOTHING_KNOWN, clock.instant()),
            new Price(0, 0, 0, 0),
            (int) Evidence.MILLION,
            Basis.ASSUMED,
            0);
    try (Leash leash = new Leash(cancellation, alarms, events)) {
      Trial trial =
          new Trial(order, bid, target.get(), sinks, RunListener.NONE, leash, clock, nanos, events);
      try {
        return resume(target.get(), trial, leash);
      } catch (InterruptedException e) {
        if (leash.cancelled()) {
          return new Resumed.Withdrawn();
        }
        throw e;
      }
    }
  }

  private static Resumed resume(OpenTarget target, Trial trial, Leash leash)
      throws InterruptedException, IOException {
    long seen = 0;
    while (true) {
      long last = seen;
      OptionalLong probe = leash.interruptible(() -> target.awaitHealthy(last));
      if (probe.isEmpty()) {
        return new Resumed.Withdrawn();
      }
      seen = probe.getAsLong();
      try {
        Resumed resumed = trial.resume();
        if (!(resumed instanceof Resumed.Refused)) {
          return resumed;
        }
      } catch (DriverException e) {
        if (e.kind() != Kind.UNAVAILABLE && e.kind() != Kind.EXHAUSTED) {
          throw e;
        }
      }
    }
  }

  /// Closes, in the background, sandboxes of calls of this node that nobody will ask for: as soon
  /// as each target can work, once. Sandboxes that aren't named after a call are let alone.
  ///
  /// @param wanted tells whose sandboxes stay
  public void sweep(Predicate<Cid> wanted) {
    for (OpenTarget target : targets.opened()) {
      if (keeps(target)) {
        Thread.ofVirtual().name("sweep " + target.target()).start(() -> sweep(target, wanted));
      }
    }
  }

  private void sweep(OpenTarget target, Predicate<Cid> wanted) {
    try {
      for (OptionalLong probe = target.awaitHealthy(0);
          probe.isPresent();
          probe = target.awaitHealthy(probe.getAsLong())) {
        if (swept(target, wanted)) {
          return;
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // nobody does that
    }
  }

  private boolean swept(OpenTarget target, Predicate<Cid> wanted) throws InterruptedException {
    try {
      for (Found found : target.driver().list()) {
        SandboxId id = found.id();
        // Looked at after they were listed: what this process makes it held before it was there.
        if (Cid.find(id.text()).filter(call -> !wanted.test(call)).isPresent()
            && !target.holds(id)) {
          Optional<Sandbox> left = target.driver().adopt(id);
          left.ifPresent(it -> Closing.close(it, target.target(), alarms.patience(), events));
        }
      }
      return true;
    } catch (RuntimeException | LinkageError e) {
      // A third party's driver, or an engine that is gone again: after the next probe.
      events.tell(
          new Event.NotClosed(target.target(), "what an agent before left is still there: " + e));
      return false;
    }
  }
}
