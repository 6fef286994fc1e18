package org.promisegrid.kernel.dispatch;

import java.util.ArrayList;
import java.util.Comparator;
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

  private final List<OpenTarget> open;
  private final CompletableFuture<Void> ready;

  private Targets(List<OpenTarget> open, CompletableFuture<Void> ready) {
    this.open = open;
    this.ready = ready;
  }

  /// Opens every target of every factory and starts probing; does no I/O itself.
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
    Set<Target> seen = new HashSet<>();
    for (SandboxDriverFactory factory : factories) {
      String name = factory.getClass().getName();
      try {
        name = factory.name();
        Map<String, String> own = settings.getOrDefault(name, Map.of());
        for (Target target : factory.targets(own)) {
          if (!seen.add(target)) {
            events.tell(new Event.Skipped(name, target + " is named twice"));
            continue;
          }
          try {
            open.add(
                new OpenTarget(
                    factory, target, own, hosts.apply(target), pace, alarms, nanos, events));
          } catch (RuntimeException | LinkageError e) {
            events.tell(new Event.Skipped(name, target + " can't be opened: " + e));
          }
        }
      } catch (RuntimeException | LinkageError e) {
        events.tell(new Event.Skipped(name, "its targets can't be told: " + e));
      }
    }
    open.sort(Comparator.comparing(target -> target.target().toString()));
    open.forEach(OpenTarget::probe);
    CompletableFuture<Void> ready =
        CompletableFuture.allOf(
                open.stream().map(OpenTarget::probed).toArray(CompletableFuture<?>[]::new))
            .completeOnTimeout(null, pace.ready().toNanos(), TimeUnit.NANOSECONDS);
    return new Targets(List.copyOf(open), ready);
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

  /// All targets, by name.
  List<OpenTarget> opened() {
    return open;
  }

  /// Closes every driver. Sandboxes that can live on do. Idempotent.
  @Override
  public void close() {
    open.forEach(OpenTarget::close);
  }
}
