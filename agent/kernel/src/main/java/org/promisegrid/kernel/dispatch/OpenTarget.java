package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Fitness.Status;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// One driver instance, and what is known of its target's fitness.
///
/// At most one probe runs at a time, on a virtual thread of its own; whoever asks for one meanwhile
/// gets another after it. A probe that takes too long is interrupted and counts as unhealthy.
final class OpenTarget {

  private final Target target;
  private final SandboxDriver driver;
  private final Set<Trait> traits;
  private final Set<String> forms;
  private final LentHost host;
  private final Pace pace;
  private final Alarms alarms;
  private final Event.Sink events;
  private final CompletableFuture<Void> probed = new CompletableFuture<>();
  private final LongSupplier nanos;
  private volatile long used;
  private volatile Fitness fitness = Fitness.unfit(Status.UNHEALTHY, "not probed yet");

  // All below are guarded by this.
  private @Nullable Thread probing;
  private Alarms.@Nullable Alarm next;
  private boolean again;
  private boolean closed;
  private @Nullable Thread closing;
  private long probes;

  /// Sandboxes that this process makes, or has taken charge of.
  private final Set<SandboxId> held = ConcurrentHashMap.newKeySet();

  /// Opens a driver. Throws whatever the driver does.
  OpenTarget(
      SandboxDriverFactory factory,
      Target target,
      Map<String, String> settings,
      Host lent,
      Pace pace,
      Alarms alarms,
      LongSupplier nanos,
      Event.Sink events) {
    this.target = target;
    this.nanos = nanos;
    this.used = nanos.getAsLong();
    this.pace = pace;
    this.alarms = alarms;
    this.events = events;
    this.host = new LentHost(lent, this::told);
    this.driver = Objects.requireNonNull(factory.open(target, settings, host), "no driver");
    try {
      this.traits = Set.copyOf(driver.traits());
      this.forms = Set.copyOf(driver.forms());
    } catch (RuntimeException | LinkageError e) {
      driver.close();
      throw e;
    }
  }

  Target target() {
    return target;
  }

  SandboxDriver driver() {
    return driver;
  }

  /// What the driver can ever do.
  Set<Trait> traits() {
    return traits;
  }

  /// The kinds of form it runs.
  Set<String> forms() {
    return forms;
  }

  /// What the last probe told.
  Fitness fitness() {
    return fitness;
  }

  /// Completes with the first probe.
  CompletableFuture<Void> probed() {
    return probed;
  }

  /// The driver's own tiny workload, whose code the driver can open from now on.
  Sample sample() {
    Sample sample = driver.sample();
    host.lend(sample);
    return sample;
  }

  /// Lets the driver read what fills slots, until that is closed.
  LentHost.Loan lend(Collection<Filling> fillings) {
    return host.lend(fillings);
  }

  /// From now on that sandbox is this process's own.
  void hold(SandboxId id) {
    held.add(id);
  }

  /// It has been closed.
  void release(SandboxId id) {
    held.remove(id);
  }

  /// Whether a sandbox is this process's own.
  boolean holds(SandboxId id) {
    return held.contains(id);
  }

  /// Waits until a probe finds it able to work.
  ///
  /// @param seen only a probe later than that one counts; 0 for any
  /// @return which probe that was; empty once it is closed
  synchronized OptionalLong awaitHealthy(long seen) throws InterruptedException {
    while (!closed && (probes <= seen || fitness.status() != Status.HEALTHY)) {
      wait();
    }
    return closed ? OptionalLong.empty() : OptionalLong.of(probes);
  }

  /// A run has ended here.
  void used() {
    used = nanos.getAsLong();
  }

  /// Nanoseconds since a run ended here, or since it was opened.
  long idle(long now) {
    return now - used;
  }

  /// Asks for a probe, soon; returns at once.
  synchronized void probe() {
    if (closed) {
      return;
    }
    if (probing != null) {
      again = true;
      return;
    }
    if (next != null) {
      next.cancel();
      next = null;
    }
    probing = Thread.ofVirtual().name("probe " + target).start(this::probeOnce);
  }

  /// Ends probing and begins to let go of the driver; doesn't wait for it. Idempotent.
  void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      notifyAll();
      closing = Thread.ofPlatform().daemon().name("close " + target).unstarted(this::closeDriver);
      if (next != null) {
        next.cancel();
      }
      if (probing != null) {
        probing.interrupt();
      }
    }
    fitness = Fitness.unfit(Status.UNHEALTHY, "the agent is ending");
    probed.complete(null);
    started().start();
  }

  private synchronized Thread started() {
    return Objects.requireNonNull(closing, "it isn't closed");
  }

  private void closeDriver() {
    try {
      driver.close();
    } catch (RuntimeException | LinkageError e) {
      events.tell(new Event.NotClosed(target, "closing its driver failed: " + e));
    }
  }

  /// Waits until the driver is closed. Beyond `most` it is left alone, and can read nothing more.
  void awaitClosed(Duration most) {
    if (!Patience.join(started(), most)) {
      events.tell(
          new Event.NotClosed(
              target, "closing its driver takes too long: the agent ends without it"));
    }
    host.end();
  }

  private void told(SandboxEvent event) {
    events.tell(new Event.Noticed(target, event));
    if (event.kind() == SandboxEvent.Kind.FITNESS_CHANGED) {
      probe();
    }
  }

  private void probeOnce() {
    Thread thread = Thread.currentThread();
    Fitness found;
    Alarms.Alarm bound = alarms.set(pace.longest(), () -> overdue(thread));
    try {
      found = Objects.requireNonNull(driver.probe(), "it told nothing");
    } catch (InterruptedException e) {
      found = overdue();
    } catch (RuntimeException | LinkageError e) {
      // A third party's driver: whatever it throws is an answer about the target, told as its
      // fitness.
      found = Fitness.unfit(Status.UNHEALTHY, "its probe failed: " + e);
    }
    bound.cancel();
    settle(found);
    probed.complete(null);
    next();
  }

  private void overdue(Thread thread) {
    synchronized (this) {
      if (!thread.equals(probing)) {
        return;
      }
      thread.interrupt();
    }
    // Said at once: a driver that doesn't heed the interrupt mustn't look fit meanwhile.
    settle(overdue());
    probed.complete(null);
  }

  private Fitness overdue() {
    return Fitness.unfit(
        Status.UNHEALTHY, "didn't answer a probe within " + pace.longest().toMillis() + " ms");
  }

  private void settle(Fitness found) {
    synchronized (this) {
      if (closed || found.equals(fitness)) {
        return;
      }
      fitness = found;
    }
    events.tell(new Event.FitnessChanged(target, found));
  }

  private synchronized void next() {
    probing = null;
    probes++;
    notifyAll();
    if (closed) {
      return;
    }
    if (again) {
      again = false;
      probe();
      return;
    }
    Duration wait = fitness.status() == Status.HEALTHY ? pace.healthy() : pace.unfit();
    next = alarms.set(wait, this::probe);
  }
}
