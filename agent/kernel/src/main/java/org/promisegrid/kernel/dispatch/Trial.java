package org.promisegrid.kernel.dispatch;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.dispatch.Account.Attempt;
import org.promisegrid.kernel.dispatch.Conclusion.Purity;
import org.promisegrid.sandbox.Attach;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.Usage;

/// One bid taken: a sandbox created, started, awaited and closed, whatever happens.
final class Trial {

  /// Creating may fetch an image and boot a machine; beyond this the target doesn't answer.
  private static final Duration LONGEST_SETUP = Duration.ofMinutes(10);

  /// The driver ends a run that crosses its time limit. One that is this late is stopped by us.
  private static final Duration LATE = Duration.ofSeconds(10);

  private final Order order;
  private final Bid bid;
  private final OpenTarget target;
  private final Sinks sinks;
  private final RunListener listener;
  private final Leash leash;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Event.Sink events;

  Trial(
      Order order,
      Bid bid,
      OpenTarget target,
      Sinks sinks,
      RunListener listener,
      Leash leash,
      InstantSource clock,
      LongSupplier nanos,
      Event.Sink events) {
    this.order = order;
    this.bid = bid;
    this.target = target;
    this.sinks = sinks;
    this.listener = listener;
    this.leash = leash;
    this.clock = clock;
    this.nanos = nanos;
    this.events = events;
  }

  /// How it went.
  sealed interface Tried {}

  /// Nothing of the workload has executed.
  record Missed(Attempt attempt) implements Tried {}

  /// It ended, or contact was lost.
  record Done(Conclusion conclusion) implements Tried {}

  /// @throws IOException if the input can't be read, a sink can't be written or the listener fails:
  ///   nobody's promise was broken
  Tried run() throws InterruptedException, IOException {
    try (var _ = target.lend(order.slots().values())) {
      return attempt();
    }
  }

  private Tried attempt() throws InterruptedException, IOException {
    target.hold(order.sandbox());
    try {
      return create(nanos.getAsLong());
    } finally {
      target.release(order.sandbox());
    }
  }

  private Tried create(long began) throws InterruptedException, IOException {
    Made made;
    try {
      made = leash.interruptible(LONGEST_SETUP, this::create);
    } catch (DriverException e) {
      return missed(e.kind(), e.getMessage());
    } catch (InterruptedException e) {
      if (leash.overdue() && !leash.cancelled()) {
        return missed(Kind.UNAVAILABLE, "it wasn't created within " + LONGEST_SETUP);
      }
      throw e;
    } catch (RuntimeException | LinkageError e) {
      return missed(Kind.BROKEN, e.toString());
    }
    try {
      if (leash.cancelled()) {
        throw new InterruptedException("the run was taken back");
      }
      return run(made, began);
    } finally {
      Closing.close(made.sandbox(), bid.target(), leash.patience(), events);
    }
  }

  /// Takes up what another process of this node began: adopts its sandbox and its streams, and
  /// follows it to its end. Starts nothing.
  ///
  /// @throws DriverException as [SandboxDriver#adopt] does
  /// @throws IOException as [#run] does
  Resumed resume() throws InterruptedException, IOException {
    target.hold(order.sandbox());
    try {
      long began = nanos.getAsLong();
      Optional<Sandbox> found =
          leash.interruptible(LONGEST_SETUP, () -> target.driver().adopt(order.sandbox()));
      return found.isEmpty() ? new Resumed.Gone() : resume(found.get(), began);
    } catch (InterruptedException e) {
      if (leash.overdue() && !leash.cancelled()) {
        return new Resumed.Refused("it wasn't found within " + LONGEST_SETUP);
      }
      throw e;
    } finally {
      target.release(order.sandbox());
    }
  }

  private Resumed resume(Sandbox sandbox, long began) throws InterruptedException, IOException {
    Resumed resumed = new Resumed.Gone();
    try {
      State state = leash.interruptible(LONGEST_SETUP, sandbox::state);
      resumed =
          state instanceof State.Created
              ? new Resumed.Unbegun()
              : switch (run(new Made(sandbox, true), began)) {
                case Missed(Attempt attempt) -> new Resumed.Refused(attempt.detail());
                case Done(Conclusion conclusion) -> new Resumed.Ended(conclusion);
              };
      return resumed;
    } finally {
      if (!(resumed instanceof Resumed.Refused)) { // that is tried again
        Closing.close(sandbox, bid.target(), leash.patience(), events);
      }
    }
  }

  /// @param adopted whether it was there already
  private record Made(Sandbox sandbox, boolean adopted) {}

  private Made create() throws InterruptedException {
    try {
      return new Made(
          Objects.requireNonNull(
              target.driver().create(order.sandbox(), Market.spec(order, bid.form()), bid.offer()),
              "it made no sandbox"),
          false);
    } catch (DriverException e) {
      if (e.kind() != Kind.CONFLICT || !target.traits().contains(Trait.OUTLIVES_AGENT)) {
        throw e;
      }
      Optional<Sandbox> adopted = target.driver().adopt(order.sandbox());
      if (adopted.isEmpty()) {
        throw e;
      }
      return new Made(adopted.get(), true);
    }
  }

  private Tried run(Made made, long began) throws InterruptedException, IOException {
    BoundedOutput out = new BoundedOutput(sinks.out(), order.limits().output());
    BoundedLog log = new BoundedLog(sinks.log(), order.limits().log());
    try (WatchedInput in = new WatchedInput(order.input().open())) {
      Instant started;
      long from;
      Ending ending;
      try {
        listener.starting(bid);
        started = clock.instant();
        Begun begun = begin(made, new Stdio(in, out, log));
        from = nanos.getAsLong();
        switch (begun) {
          case Failed(Missed missed) -> {
            return missed;
          }
          case Over(Outcome outcome) -> {
            listener.failedToStart(bid);
            ending = new Ending(outcome, Usage.NONE);
          }
          case Running() -> {
            listener.started(bid);
            ending = await(made.sandbox());
          }
        }
      } finally {
        in.end();
        out.end();
        log.end();
      }
      long ended = nanos.getAsLong();
      throwFirst(in.failure(), out.failure(), log.failure());
      return done(
          ending,
          started,
          Duration.ofNanos(Math.max(0, from - began)),
          Duration.ofNanos(Math.max(0, ended - from)),
          out,
          log);
    }
  }

  /// What became of the order to start.
  private sealed interface Begun {}

  private record Running() implements Begun {}

  private record Failed(Missed missed) implements Begun {}

  /// Something may have executed, but nothing does any more.
  private record Over(Outcome outcome) implements Begun {}

  private Begun begin(Made made, Stdio stdio) throws InterruptedException {
    try {
      return leash.interruptible(
          LONGEST_SETUP,
          () -> {
            if (made.adopted() && !(made.sandbox().state() instanceof State.Created)) {
              return attach(made.sandbox(), stdio);
            }
            made.sandbox().start(order.invocation(), stdio, order.port());
            return new Running();
          });
    } catch (DriverException e) {
      return e.kind() == Kind.CONFLICT
          ? new Over(new Outcome.Lost(e.toString()))
          : new Failed(missed(e.kind(), e.getMessage()));
    } catch (InterruptedException e) {
      if (leash.cancelled()) {
        return new Over(new Outcome.Stopped());
      }
      if (leash.overdue()) {
        return new Over(new Outcome.Lost("it didn't start within " + LONGEST_SETUP));
      }
      throw e;
    } catch (RuntimeException | LinkageError e) {
      // Not what the contract allows: nobody can say whether the workload executes.
      return new Over(new Outcome.Lost("its start failed: " + e));
    }
  }

  private static Begun attach(Sandbox sandbox, Stdio stdio) throws InterruptedException {
    Optional<Attach> kept = sandbox.power(Attach.class);
    if (kept.isEmpty()) {
      return new Over(new Outcome.Lost("it ran before; what it wrote went elsewhere"));
    }
    kept.get().attach(stdio);
    return new Running();
  }

  /// Waits for the driver to tell the end, on a thread that can be left behind: a driver that
  /// neither ends what it was told to stop nor comes back mustn't hold up who waits for the run.
  private Ending await(Sandbox sandbox) throws InterruptedException {
    Duration most =
        Duration.ofNanos(Exact.add(Exact.nanos(order.limits().time()), Exact.nanos(LATE)));
    CompletableFuture<Ending> told = new CompletableFuture<>();
    Thread awaiting =
        Thread.ofVirtual().name("await " + sandbox.id()).start(() -> await(sandbox, told));
    try (var _ = leash.running(sandbox, bid, most, () -> abandon(sandbox, told))) {
      return told.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("awaiting " + sandbox.id(), e.getCause());
    } catch (InterruptedException e) {
      awaiting.interrupt();
      var _ = Patience.join(awaiting, leash.patience());
      throw e;
    }
  }

  private static void await(Sandbox sandbox, CompletableFuture<Ending> told) {
    try {
      Ending ending = sandbox.await();
      told.complete(
          new Ending(
              Objects.requireNonNull(ending.outcome()), Objects.requireNonNull(ending.usage())));
    } catch (InterruptedException | RuntimeException | LinkageError e) {
      // Interrupted by us, nobody waits for this any more.
      told.complete(new Ending(new Outcome.Lost(e.toString()), Usage.NONE));
    } catch (Error e) {
      told.completeExceptionally(e);
      throw e;
    }
  }

  private void abandon(Sandbox sandbox, CompletableFuture<Ending> told) {
    String why = "its driver was told to stop it, and didn't";
    if (told.complete(new Ending(new Outcome.Lost(why), Usage.NONE))) {
      events.tell(new Event.NotClosed(bid.target(), "sandbox " + sandbox.id() + ": " + why));
    }
  }

  private Tried done(
      Ending ending,
      Instant started,
      Duration setup,
      Duration run,
      BoundedOutput out,
      BoundedLog log) {
    boolean cancelled = leash.cancelled();
    Outcome outcome = ending.outcome();
    if (out.exceeded()) {
      outcome = new Outcome.Exceeded(Limit.OUTPUT); // however the driver understood it
    } else if (outcome instanceof Outcome.Stopped && leash.overdue() && !cancelled) {
      outcome = new Outcome.Exceeded(Limit.TIME);
    }
    return new Done(
        new Conclusion(
            bid,
            Judgement.of(outcome, order.kept(), cancelled),
            outcome,
            ending.usage(),
            !order.pure()
                ? Purity.NONE
                : target.traits().contains(Trait.ENFORCES_PURITY)
                    ? Purity.ENFORCED
                    : Purity.PROMISED,
            started,
            setup,
            run,
            out.written(),
            log.log()));
  }

  private Missed missed(Kind kind, @Nullable String detail) {
    return new Missed(new Attempt(bid, kind, detail == null ? kind.name() : detail, false));
  }

  private static void throwFirst(@Nullable IOException... failures) throws IOException {
    for (IOException failure : failures) {
      if (failure != null) {
        throw failure;
      }
    }
  }
}
