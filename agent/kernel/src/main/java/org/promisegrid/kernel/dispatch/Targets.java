package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;

/// The targets of this agent: one driver instance each, opened at once, probed in the background.
///
/// A factory or a target that can't be opened is told to the sink by name and left out; the others
/// work. Probes run when a target is opened, at the given pace, when a driver tells that its
/// fitness changed, and when a run finds it unavailable.
public final class Targets implements AutoCloseable {

  /// The owner's word for whether a driver is opened at all: not one of the driver's own settings.
  private static final String ENABLED = "enabled";

  private final List<OpenTarget> open;
  private final List<Event.Skipped> skipped;
  private final CompletableFuture<Void> ready;
  private final Duration patience;

  private Targets(
      List<OpenTarget> open,
      List<Event.Skipped> skipped,
      CompletableFuture<Void> ready,
      Duration patience) {
    this.open = open;
    this.skipped = skipped;
    this.ready = ready;
    this.patience = patience;
  }

  /// Opens every target of every factory and starts probing; does no I/O itself. A driver with the
  /// setting `enabled=false` isn't opened.
  ///
  /// @param settings by the factory's name; none where a name is missing
  /// @param hosts makes what the agent lends the driver of a target
  /// @param nanos that idleness is timed with, such as `System::nanoTime`
  /// @param alarms time the probes, which don't run on them; their owner closes them after [#close]
  public static Targets open(
      List<SandboxDriverFactory> factories,
      Map<String, Map<String, String>> settings,
      Function<Target, Host> hosts,
      Pace pace,
      Alarms alarms,
      LongSupplier nanos,
      Event.Sink events) {
    List<OpenTarget> open = new ArrayList<>();
    List<Event.Skipped> skipped = new ArrayList<>();
    Set<Target> seen = new HashSet<>();
    Duration patience = alarms.patience();
    for (SandboxDriverFactory factory : factories) {
      String name = factory.getClass().getName();
      // A third party's code: whatever it throws, and however long it takes, the others are opened.
      try {
        name = factory.name();
        Map<String, String> own = new HashMap<>(settings.getOrDefault(name, Map.of()));
        if ("false".equals(own.remove(ENABLED))) {
          continue;
        }
        for (Target target :
            Patience.call(
                patience, "telling targets of " + name, () -> factory.targets(own), _ -> {})) {
          if (!seen.add(target)) {
            skipped.add(new Event.Skipped(name, target + " is named twice"));
            continue;
          }
          try {
            Host host = hosts.apply(target);
            open.add(
                Patience.call(
                    patience,
                    "opening " + target,
                    () -> new OpenTarget(factory, target, own, host, pace, alarms, nanos, events),
                    OpenTarget::close));
          } catch (RuntimeException | Error e) {
            skipped.add(new Event.Skipped(name, target + " can't be opened: " + e));
          }
        }
      } catch (RuntimeException | Error e) {
        skipped.add(new Event.Skipped(name, "its targets can't be told: " + e));
      }
    }
    skipped.forEach(events::tell);
    open.sort(Comparator.comparing(target -> target.target().toString()));
    open.forEach(OpenTarget::probe);
    CompletableFuture<Void> ready =
        CompletableFuture.allOf(
                open.stream().map(OpenTarget::probed).toArray(CompletableFuture<?>[]::new))
            .completeOnTimeout(null, pace.ready().toNanos(), TimeUnit.NANOSECONDS);
    return new Targets(List.copyOf(open), List.copyOf(skipped), ready, patience);
  }

  /// Completes when each target has had its first probe, or the pace's bound has passed.
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /// One target and its last known fitness.
  public record View(Target target, SandboxDriver driver, Fitness fitness) {}

  /// All targets, by name.
  public List<View> all() {
    return open.stream()
        .map(target -> new View(target.target(), target.driver(), target.fitness()))
        .toList();
  }

  /// Drivers and targets that can't be used, and why.
  public List<Event.Skipped> skipped() {
    return skipped;
  }

  /// All targets, by name.
  List<OpenTarget> opened() {
    return open;
  }

  /// Closes every driver. Sandboxes that can live on do. A driver that takes too long is left
  /// alone. Idempotent.
  @Override
  public void close() {
    open.forEach(OpenTarget::close);
    long end = System.nanoTime() + patience.toNanos();
    for (OpenTarget target : open) {
      target.awaitClosed(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
  }
}
