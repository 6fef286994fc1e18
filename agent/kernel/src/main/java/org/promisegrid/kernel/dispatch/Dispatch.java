package org.promisegrid.kernel.dispatch;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.dispatch.Account.Attempt;
import org.promisegrid.kernel.dispatch.Account.Obstacle;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Outcome;

/// Runs orders on the cheapest target able to, and learns from each run.
///
/// Cheapest is the least expected price ÷ probability of being kept. Offers are taken in that order
/// until one is run to an end: a driver that fails before the workload started costs its target
/// trust and leads to the next offer; contact lost afterwards does too, but leads to the next offer
/// only if the order may run again. Safe for many threads; each run blocks the thread that asked.
public final class Dispatch {

  /// When a target that held less than it told may have room again.
  private static final Duration FULL_TARGET = Duration.ofSeconds(1);

  private final Targets targets;
  private final Learning learning;
  private final Admission admission;
  private final Market market;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Alarms alarms;
  private final Event.Sink events;

  /// @param clock that deadlines and offers are told by
  /// @param nanos that runs are timed with, such as `System::nanoTime`
  /// @param alarms end what takes too long; their owner closes them
  public Dispatch(
      Targets targets,
      Rates rates,
      Learning learning,
      Admission admission,
      InstantSource clock,
      LongSupplier nanos,
      Alarms alarms,
      Event.Sink events) {
    this.targets = targets;
    this.learning = learning;
    this.admission = admission;
    this.market = new Market(targets, learning, rates, admission, clock);
    this.clock = clock;
    this.nanos = nanos;
    this.alarms = alarms;
    this.events = events;
  }

  /// Every target's answer to `order`, and which would be chosen. Runs nothing.
  public Account explain(Order order) {
    return market.ask(order);
  }

  /// Runs `order` to an end, or tells why nobody does. Blocks until then.
  ///
  /// @param cancellation takes it back: it leaves queues, ends what is being created, stops what
  ///   runs
  /// @throws InterruptedException if this thread is interrupted; what ran was ended, nothing is
  ///   left
  /// @throws IOException if the input can't be read, a sink can't be written or the listener fails;
  ///   what ran was ended, and nobody's promise was broken
  public Result run(Order order, Sinks sinks, RunListener listener, Cancellation cancellation)
      throws InterruptedException, IOException {
    Round round = new Round(order, sinks, listener, market.ask(order));
    try (Leash leash = new Leash(cancellation, alarms, events)) {
      try {
        return round.run(leash);
      } catch (InterruptedException e) {
        if (leash.cancelled()) {
          return round.withdrawn();
        }
        throw e;
      }
    }
  }

  /// One order's way through its bids.
  private final class Round {
    private final Order order;
    private final Sinks sinks;
    private final RunListener listener;
    private final Account account;
    private final List<Attempt> attempts = new ArrayList<>();
    private final List<Admission.Refuse> refusals = new ArrayList<>();
    private @Nullable Conclusion lost;

    Round(Order order, Sinks sinks, RunListener listener, Account account) {
      this.order = order;
      this.sinks = sinks;
      this.listener = listener;
      this.account = account;
    }

    /// Taken back between two bids.
    Result withdrawn() {
      return lost == null ? new Result.Withdrawn(account.as(attempts)) : ended(lost);
    }

    Result run(Leash leash) throws InterruptedException, IOException {
      for (Bid bid : account.bids()) {
        OpenTarget target = opened(bid);
        try (Admission.@Nullable Slot slot = held(place(bid, target, leash), target)) {
          if (slot == null) {
            continue;
          }
          Optional<Bid> taken = market.again(order, target, bid);
          if (taken.isEmpty()) {
            attempts.add(new Attempt(bid, Kind.CONFLICT, "its offer ended while it waited", false));
            continue;
          }
          Optional<Result> result = attempt(taken.get(), target, leash);
          if (result.isPresent()) {
            return result.get();
          }
        }
      }
      return nobody();
    }

    /// A place for the bid; null if there is none, and [#refusals] says why.
    private Admission.@Nullable Slot place(Bid bid, OpenTarget target, Leash leash)
        throws InterruptedException {
      Admission.Ruling ruling = admission.admit(Market.candidate(order, target));
      if (ruling instanceof Admission.Wait(Admission.Ticket ticket)) {
        try (ticket) {
          listener.queued(bid);
          ruling = leash.interruptible(() -> ticket.await(order.deadline()));
        }
      }
      return switch (ruling) {
        case Admission.Run(Admission.Slot slot) -> slot;
        case Admission.Refuse refusal -> {
          refusals.add(refusal);
          yield null;
        }
        case Admission.Wait waiting ->
            throw new IllegalStateException("a ticket's turn isn't another ticket");
      };
    }

    /// The same place, which isn't given back before nothing of the sandbox is left that had it.
    private Admission.@Nullable Slot held(Admission.@Nullable Slot slot, OpenTarget target) {
      return slot == null ? null : () -> release(slot, target);
    }

    private void release(Admission.Slot slot, OpenTarget target) {
      boolean leaving = false;
      try {
        leaving = target.driver().isLeaving(order.sandbox());
      } finally {
        if (!leaving) {
          slot.close();
        }
      }
      if (leaving) {
        Thread.ofVirtual().name("leaving " + order.sandbox()).start(() -> left(slot, target));
      }
    }

    private void left(Admission.Slot slot, OpenTarget target) {
      try (slot) {
        target.driver().awaitLeft(order.sandbox());
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt(); // nobody does that
      } catch (RuntimeException | LinkageError e) {
        // A third party's driver: what it has left may be in the way of nobody for ever.
        events.tell(new Event.NotClosed(target.target(), order.sandbox() + ": " + e));
      }
    }

    /// Takes the bid; empty if the next is to be tried.
    private Optional<Result> attempt(Bid bid, OpenTarget target, Leash leash)
        throws InterruptedException, IOException {
      if (lost != null) {
        sinks.restart();
      }
      Trial trial = new Trial(order, bid, target, sinks, listener, leash, clock, nanos, events);
      return switch (trial.run()) {
        case Trial.Missed(Attempt attempt) -> {
          failed(attempt, target);
          yield Optional.empty();
        }
        case Trial.Done(Conclusion conclusion) -> {
          if (conclusion.outcome() instanceof Outcome.Lost(String why)) {
            failed(new Attempt(bid, Kind.UNAVAILABLE, why, true), target);
            lost = conclusion;
            yield order.repeatable() && !leash.cancelled()
                ? Optional.empty()
                : Optional.of(ended(conclusion));
          }
          target.used();
          learn(conclusion);
          yield Optional.of(ended(conclusion));
        }
      };
    }

    /// The target's own failure: it counts against the target, unless it only had too much to do.
    private void failed(Attempt attempt, OpenTarget target) {
      attempts.add(attempt);
      if (attempt.kind() != Kind.EXHAUSTED) {
        learning.failed(order.artifact(), target.target(), attempt.bid().offer().warm());
      }
      if (attempt.kind() == Kind.UNAVAILABLE) {
        target.probe();
      } else if (attempt.kind() == Kind.UNSUPPORTED) {
        market.refused(order, attempt.bid(), attempt.detail());
      }
      listener.failed(attempt);
    }

    private void learn(Conclusion conclusion) {
      if (conclusion.judgement().by() == Judgement.By.CALLER) {
        return; // taken back: that says nothing about anybody
      }
      learning.ran(
          order.artifact(),
          conclusion.bid().target(),
          conclusion.bid().offer().warm(),
          Took.of(
              conclusion.setup(),
              conclusion.run(),
              conclusion.usage().cpu(),
              conclusion.usage().memory()),
          conclusion.judgement().kept());
    }

    private Result ended(Conclusion conclusion) {
      return new Result.Ended(conclusion, account.as(attempts, conclusion.bid()));
    }

    /// No bid is left.
    private Result nobody() {
      if (lost != null) {
        return ended(lost);
      }
      Account told = account.as(attempts);
      for (Admission.Reason reason :
          List.of(
              Admission.Reason.DEADLINE, Admission.Reason.EXHAUSTED, Admission.Reason.REFUSED)) {
        Optional<Admission.Refuse> refusal =
            refusals.stream()
                .filter(refuse -> refuse.reason() == reason)
                .min(Comparator.comparing(Admission.Refuse::retryAfter));
        if (refusal.isPresent()) {
          return new Result.NotPromised(
              switch (reason) {
                case DEADLINE -> Result.Why.DEADLINE;
                case EXHAUSTED -> Result.Why.EXHAUSTED;
                case REFUSED -> Result.Why.REFUSED;
              },
              refusal.get().detail(),
              refusal.get().retryAfter(),
              told);
        }
      }
      Optional<Attempt> busy =
          attempts.stream().filter(attempt -> attempt.kind() == Kind.EXHAUSTED).findFirst();
      if (busy.isPresent()) {
        return new Result.NotPromised(Result.Why.EXHAUSTED, busy.get().detail(), FULL_TARGET, told);
      }
      if (attempts.isEmpty()
          && account.unable().stream().anyMatch(other -> other.obstacle() == Obstacle.DEADLINE)) {
        return new Result.NotPromised(
            Result.Why.DEADLINE, "no target would be done in time", Duration.ZERO, told);
      }
      return new Result.NotPromised(
          Result.Why.UNABLE,
          attempts.isEmpty() ? "no target is able" : whyNot(attempts),
          Duration.ZERO,
          told);
    }
  }

  private static String whyNot(List<Attempt> attempts) {
    return "every able target failed; "
        + attempts.stream()
            .map(attempt -> attempt.bid().target() + ": " + attempt.detail())
            .distinct()
            .collect(Collectors.joining("; "));
  }

  private OpenTarget opened(Bid bid) {
    for (OpenTarget target : targets.opened()) {
      if (target.target().equals(bid.target())) {
        return target;
      }
    }
    throw new IllegalStateException("bids come from open targets: " + bid.target());
  }
}
