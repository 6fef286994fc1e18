package org.promisegrid.server.rest;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.Measures;
import org.promisegrid.kernel.dispatch.FairShare;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Words;

/// What the kernel counts, as metrics, until it is closed: a registry outlives the kernel where
/// several agents run one after the other in a process.
public final class Meters implements MeterBinder, AutoCloseable {

  /// One scrape asks for every meter in turn, and gets one moment.
  private static final Duration SAME_MOMENT = Duration.ofMillis(200);

  private final Kernel kernel;
  private final String version;
  private final List<Runnable> registered = new CopyOnWriteArrayList<>();
  private @Nullable Measures last;
  private long at;

  public Meters(Kernel kernel, String version) {
    this.kernel = kernel;
    this.version = version;
  }

  private synchronized Measures now() {
    long time = System.nanoTime();
    Measures measures = last;
    if (measures == null || time - at > SAME_MOMENT.toNanos()) {
      measures = kernel.measures();
      last = measures;
      at = time;
    }
    return measures;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (Answer.How how : Answer.How.values()) {
      count("grid.calls.answered", "Calls that got a receipt, by how", registry)
          .by("how", Words.of(how), now -> now.answered().getOrDefault(how, 0L));
    }
    count("grid.runs.kept", "Runs that kept their promise", registry).all(Measures::kept);
    for (Receipt.What what : Receipt.What.values()) {
      count("grid.runs.broken", "Runs that didn't, by what broke them", registry)
          .by("what", Words.of(what), now -> now.broken().getOrDefault(what, 0L));
    }
    for (Answer.Reason reason : Answer.Reason.values()) {
      count("grid.calls.not.promised", "Calls that nothing was promised to, by why", registry)
          .by("reason", reason.code(), now -> now.notPromised().getOrDefault(reason, 0L));
    }
    noted(
        Gauge.builder("grid.build.info", () -> 1)
            .description("1, with what the agent was built as")
            .tag("version", version)
            .tag("java", String.valueOf(Runtime.version().feature()))
            .register(registry),
        registry);
    gauge("grid.runs.running", "Runs under way", registry).all(Measures::running);
    gauge("grid.content.free.bytes", "Room for content", registry).all(Measures::free);
    gauge("grid.journal.bytes", "Length of the journal", registry).all(Measures::journal);
    gauge("grid.journal.failed", "1 if nothing can be acknowledged until a restart", registry)
        .all(now -> now.failed() ? 1 : 0);
    for (String target : now().healthy().keySet()) {
      gauge("grid.target.healthy", "1 if the target can work", registry)
          .by("target", target, now -> now.healthy().getOrDefault(target, false) ? 1 : 0);
      gauge("grid.target.runs.running", "Runs on the target", registry)
          .by("target", target, now -> load(now, target).running());
      gauge("grid.target.runs.waiting", "Runs that wait for the target", registry)
          .by("target", target, now -> load(now, target).waiting());
    }
  }

  private static FairShare.Load load(Measures now, String target) {
    return now.loads().getOrDefault(target, new FairShare.Load(0, 0));
  }

  private void noted(io.micrometer.core.instrument.Meter meter, MeterRegistry registry) {
    registered.add(() -> registry.remove(meter));
  }

  /// Takes what it registered back.
  @Override
  public void close() {
    registered.forEach(Runnable::run);
    registered.clear();
  }

  private Meter count(String name, String description, MeterRegistry registry) {
    return (label, value, number) -> {
      var meter =
          FunctionCounter.builder(name, this, it -> number.applyAsDouble(it.now()))
              .description(description);
      noted(
          (label == null || value == null ? meter : meter.tag(label, value)).register(registry),
          registry);
    };
  }

  private Meter gauge(String name, String description, MeterRegistry registry) {
    return (label, value, number) -> {
      var meter =
          Gauge.builder(name, this, it -> number.applyAsDouble(it.now())).description(description);
      noted(
          (label == null || value == null ? meter : meter.tag(label, value)).register(registry),
          registry);
    };
  }

  /// A meter that is still to be told what it shows.
  private interface Meter {

    void register(
        @Nullable String label, @Nullable String value, ToDoubleFunction<Measures> number);

    default void by(String label, String value, ToDoubleFunction<Measures> number) {
      register(label, value, number);
    }

    default void all(ToDoubleFunction<Measures> number) {
      register(null, null, number);
    }
  }
}
