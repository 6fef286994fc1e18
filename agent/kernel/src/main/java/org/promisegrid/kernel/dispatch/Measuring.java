package org.promisegrid.kernel.dispatch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Target;

/// Runs drivers' own samples in the background, so that what is assumed of a target becomes
/// measured: a few times once it can work, and again after a long time without a run. Never with
/// users' calls, and only where a place is free at once.
public final class Measuring implements AutoCloseable {

  /// Between looks for targets to measure; a look costs nothing where none is due.
  public static final Duration LOOK = Duration.ofSeconds(15);

  /// After which a target that had no run is measured again.
  public static final Duration STALE = Duration.ofHours(6);

  /// Runs in one measurement, shared by the offers that a driver makes for its sample. The median
  /// counts.
  private static final int RUNS = 6;

  /// Who queues know this as: no principal is named so.
  private static final String ISSUER = "";

  private final Targets targets;
  private final Learning learning;
  private final Admission admission;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Alarms alarms;
  private final Event.Sink events;
  private final long stale;
  private final Map<Target, Long> measured = new HashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  /// @param look between looks for targets to measure
  /// @param stale after which a target that had no run is measured again
  public Measuring(
      Targets targets,
      Learning learning,
      Admission admission,
      InstantSource clock,
      LongSupplier nanos,
      Alarms alarms,
      Event.Sink events,
      Duration look,
      Duration stale) {
    this.targets = targets;
    this.learning = learning;
    this.admission = admission;
    this.clock = clock;
    this.nanos = nanos;
    this.alarms = alarms;
    this.events = events;
    this.stale = Exact.nanos(stale);
    this.thread = background(() -> keepLooking(look));
  }

  /// Begins, once the targets are ready, on a thread of low priority.
  public void start() {
    thread.start();
  }

  /// Ends what it is running. Idempotent.
  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
    var _ = Patience.join(thread, alarms.patience());
  }

  /// Only a wish: nothing relies on how the system's scheduler takes it.
  @SuppressWarnings("ThreadPriorityCheck")
  private static Thread background(Runnable work) {
    return Thread.ofPlatform()
        .name("measuring")
        .daemon()
        .priority(Thread.MIN_PRIORITY)
        .unstarted(work);
  }

  private void keepLooking(Duration look) {
    try {
      targets.ready().get();
      do {
        look();
      } while (!closed.await(look.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    } catch (ExecutionException e) {
      throw new IllegalStateException("becoming ready never fails", e);
    }
  }

  /// Measures every target that is due, one after the other.
  void look() throws InterruptedException {
    for (OpenTarget target : targets.opened()) {
      if (target.fitness().status() == Fitness.Status.HEALTHY && due(target)) {
        try {
          if (measure(target)) {
            measured.put(target.target(), nanos.getAsLong());
          }
        } catch (IOException | RuntimeException | LinkageError e) {
          // A third party's driver: whatever it throws, the other targets are still measured.
          events.tell(new Event.NotMeasured(target.target(), e.toString()));
        }
      }
    }
  }

  private boolean due(OpenTarget target) {
    Long last = measured.get(target.target());
    if (last == null) {
      return true;
    }
    long now = nanos.getAsLong();
    return now - last >= stale && target.idle(now) >= stale;
  }

  /// @return whether the target could be measured
  private boolean measure(OpenTarget target) throws InterruptedException, IOException {
    Sample sample = target.sample();
    Map<Boolean, List<Took>> took = new HashMap<>();
    Map<Boolean, Offer> offers = new HashMap<>();
    for (int i = 0; i < RUNS; i++) {
      Quote quote = target.driver().offers(sample.spec());
      if (!(quote instanceof Quote.Offered(List<Offer> offered))) {
        events.tell(new Event.NotMeasured(target.target(), "it declines its own sample: " + quote));
        return false;
      }
      Offer offer =
          offered.stream()
              .min(
                  Comparator.comparingInt(
                      (Offer other) -> took.getOrDefault(other.warm(), List.of()).size()))
              .orElseThrow();
      Optional<Took> once = runOnce(target, sample, offer);
      if (once.isEmpty()) {
        return false;
      }
      took.computeIfAbsent(offer.warm(), warm -> new ArrayList<>()).add(once.get());
      offers.putIfAbsent(offer.warm(), offer);
    }
    took.forEach((warm, runs) -> {
      Offer offer = Objects.requireNonNull(offers.get(warm));
      learning.measured(target.target(), warm, offer.expected(), median(runs));
      events.tell(new Event.Measured(target.target(), warm));
    });
    return true;
  }

  /// Empty if there was no place, or it failed.
  private Optional<Took> runOnce(OpenTarget target, Sample sample, Offer offer)
      throws InterruptedException, IOException {
    Order order = order(sample);
    Admission.Ruling ruling = admission.admit(Market.candidate(order, target));
    switch (ruling) {
      case Admission.Wait(Admission.Ticket ticket) -> {
        ticket.close(); // there is other work: later
        return Optional.empty();
      }
      case Admission.Refuse refusal -> {
        return Optional.empty();
      }
      case Admission.Run(Admission.Slot slot) -> {
        try (slot;
            Leash leash = new Leash(new Cancellation(), alarms, events)) {
          Bid bid =
              new Bid(
                  target.target(),
                  sample.spec().form(),
                  0,
                  offer,
                  new Price(0, 0, 0, 0),
                  (int) Evidence.MILLION,
                  Basis.ASSUMED,
                  0);
          return judge(
              target,
              new Trial(
                      order,
                      bid,
                      target,
                      Discarded.SINKS,
                      RunListener.NONE,
                      leash,
                      clock,
                      nanos,
                      events)
                  .run());
        }
      }
    }
  }

  private Optional<Took> judge(OpenTarget target, Trial.Tried tried) {
    return switch (tried) {
      case Trial.Missed(Account.Attempt attempt) -> {
        if (attempt.kind() != DriverException.Kind.EXHAUSTED) {
          learning.failed(target.target());
        }
        events.tell(new Event.NotMeasured(target.target(), attempt.detail()));
        yield Optional.empty();
      }
      case Trial.Done(Conclusion ended) -> {
        if (!ended.judgement().kept()) {
          if (ended.judgement().by() == Judgement.By.DRIVER) {
            learning.failed(target.target());
          }
          events.tell(
              new Event.NotMeasured(
                  target.target(), "its own sample ended with " + ended.outcome()));
          yield Optional.empty();
        }
        yield Optional.of(
            Took.of(ended.setup(), ended.run(), ended.usage().cpu(), ended.usage().memory()));
      }
    };
  }

  private static Order order(Sample sample) {
    SandboxSpec spec = sample.spec();
    Cid run = Cid.of(UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));
    return Order.of(run, ISSUER, spec.form().code(), List.of(spec.form()))
        .pure(spec.pure())
        .slots(spec.slots())
        .limits(spec.limits())
        .isolation(spec.isolation())
        .anyAllowed(true)
        .invocation(sample.invocation())
        .build();
  }

  private static Took median(List<Took> runs) {
    return new Took(
        middle(runs.stream().map(Took::setup).toList()),
        middle(runs.stream().map(Took::run).toList()),
        middle(runs.stream().map(Took::cpu).toList()),
        middle(runs.stream().map(Took::memory).toList()));
  }

  private static long middle(List<Long> values) {
    return values.stream().sorted().toList().get((values.size() - 1) / 2);
  }

  /// Whatever a sample writes.
  private enum Discarded implements Sinks {
    SINKS;

    @Override
    public OutputStream out() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public OutputStream log() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public void restart() {}
  }
}
