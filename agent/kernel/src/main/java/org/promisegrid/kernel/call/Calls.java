package org.promisegrid.kernel.call;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.ledger.CallRecord;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Cid;

/// Answers calls of user functions: as the same call was answered before, from the cache, by
/// joining a run of the same key, or by a run.
///
/// A call that was taken on has one [Flight] or none; the flight runs on a thread of its own, so
/// that a caller who leaves doesn't end it for others.
final class Calls implements AutoCloseable {

  /// When whoever comes while the agent ends may find the next one.
  private static final Duration RETRY = Duration.ofSeconds(5);

  /// How long runs get to end when the agent does. Stopping has a grace of 2 s, then the driver 10
  /// s to do it, and 10 s to close the sandbox.
  private static final Duration LONGEST_END = Duration.ofSeconds(25);

  private final Ledger ledger;
  private final Runner runner;
  private final Receipts receipts;
  private final Path scratch;
  private final InstantSource clock;
  private final Tally tally;

  /// By [Wanted#flight].
  private final Map<Cid, Flight> flights = new ConcurrentHashMap<>();

  private final Charges charges = new Charges();

  private volatile boolean closed;

  /// From a call's coming until it is answered, and what came of it is written down.
  private final Map<Cid, Unanswered> unanswered = new ConcurrentHashMap<>();

  /// @param scratch where long outputs are spooled
  Calls(Ledger ledger, Runner runner, Path scratch, InstantSource clock, Tally tally) {
    this.ledger = ledger;
    this.runner = runner;
    this.receipts = runner.receipts();
    this.scratch = scratch;
    this.clock = clock;
    this.tally = tally;
  }

  /// Answers a call; waits as long as it takes, or as its terms say. An interrupt leaves the run to
  /// the others who wait for it, and ends it if there are none.
  ///
  /// @param use takes a use of the caller's token, or refuses; a call that was answered before, or
  ///   is under way, costs none
  /// @param taken there, if it goes on without its caller: is told when it waits for a run
  Payload answer(Wanted wanted, UserCalls.Use use, Optional<Runnable> taken)
      throws Refusal, InterruptedException {
    Errand errand =
        taken
            .<Errand>map(told -> new Errand.Left(wanted, ledger, runner, told))
            .orElse(Errand.NONE);
    Unanswered here =
        unanswered.compute(
            wanted.call(), (_, there) -> (there == null ? new Unanswered(wanted) : there).enter());
    Optional<Payload> told = Optional.empty();
    try {
      Payload payload = answer(wanted, use, errand, here);
      errand.came(payload);
      told = Optional.of(payload);
      return payload;
    } catch (Refusal e) {
      errand.came(e.payload());
      told = Optional.of(e.payload());
      throw e;
    } catch (InterruptedException e) {
      errand.came(new Payload.NotPromised(Reason.REFUSED, "the agent is ending"));
      throw e;
    } finally {
      leave(wanted.call(), told);
    }
  }

  private void leave(Cid call, Optional<Payload> told) {
    unanswered.computeIfPresent(call, (_, there) -> there.leave(told) ? null : there);
  }

  private Payload answer(Wanted wanted, UserCalls.Use use, Errand errand, Unanswered here)
      throws Refusal, InterruptedException {
    // Open before looking: whoever sends the same call and has paid is still here, or has left an
    // answer.
    try (Charges.Charge charge = charges.open(wanted.identity())) {
      Optional<Payload> same = same(wanted, false);
      if (same.isPresent()) {
        return same.get();
      }
      charge.pay(use);
      return answer(wanted, errand, here);
    }
  }

  private Payload answer(Wanted wanted, Errand errand, Unanswered here)
      throws Refusal, InterruptedException {
    while (true) {
      Optional<Payload> known = known(wanted, false);
      if (known.isPresent()) {
        return known.get();
      }
      Optional<Payload> landed = fly(wanted, errand, here);
      if (landed.isPresent()) {
        return landed.get();
      }
    }
  }

  /// The answer, if the same call or an equal one of a pure function has a receipt.
  ///
  /// @param alone whether this call's own flight holds the key, so that no other run can be under
  ///   way
  private Optional<Payload> known(Wanted wanted, boolean alone) throws Refusal {
    Optional<Payload> same = same(wanted, alone);
    if (same.isPresent()) {
      return same;
    }
    if (wanted.descriptor().pure() && wanted.cache() != Terms.Cache.REFRESH) {
      Optional<Payload> hit = remembered(wanted);
      if (hit.isPresent()) {
        return hit;
      }
      if (wanted.cache() == Terms.Cache.ONLY) {
        throw new Refusal(Reason.NOT_CACHED, "no result of this call is remembered");
      }
    }
    return Optional.empty();
  }

  private Optional<Payload> same(Wanted wanted, boolean alone) throws Refusal {
    if (wanted.identity().isEmpty()) {
      return Optional.empty();
    }
    Optional<CallRecord> same = ledger.calls().sameCall(wanted.identity().get(), clock.instant());
    if (same.isPresent() && same.get().end().isEmpty() && !alone) {
      if (flights.containsKey(wanted.flight())) {
        return Optional.empty(); // it runs: to be joined
      }
      // It may have ended just now: its end is written down before its flight goes.
      same = ledger.calls().sameCall(wanted.identity().get(), clock.instant());
    }
    // What was only taken on, or came to nothing, may run as if it came for the first time.
    return same.isPresent() && (same.get().end().isPresent() || same.get().lost().isPresent())
        ? again(wanted, same.get())
        : Optional.empty();
  }

  /// The same call, sent again. A pure function whose run broke may run again; any other mustn't.
  private Optional<Payload> again(Wanted wanted, CallRecord same) throws Refusal {
    Receipt receipt;
    Answer.How how;
    if (same.end().isPresent()) {
      receipt = receipts.read(same.end().get().receipt()).orElseThrow(Refusal::absent);
      how = same.end().get().how();
    } else {
      // It began and isn't under way: whether it ran to its end, nobody knows.
      receipt = receipts.read(ledger.calls().lost(same)).orElseThrow(Refusal::absent);
      how = Answer.How.RUN;
    }
    if (!receipt.body().key().equals(wanted.key())) {
      throw conflict();
    }
    if (wanted.descriptor().pure() && receipt.body().outcome() instanceof Receipt.Ended.Broken) {
      return Optional.empty();
    }
    remember(wanted, same.call());
    return Optional.of(payload(receipt, how, receipts.result(receipt)));
  }

  /// Whoever signs the same call anew signs a later end: it isn't run again until then. Before it
  /// is answered, since what was recorded of it may be sent again. Others, such as a bearer's, give
  /// no end that would have to be kept.
  ///
  /// @param call whose run answers it
  private void remember(Wanted wanted, Cid call) {
    if (wanted.descriptor().pure()
        || wanted.identity().isEmpty()
        || wanted.caller().until().isEmpty()
        || wanted.call().equals(call)) {
      return;
    }
    Cid identity = wanted.identity().get();
    if (ledger.calls().remembered(identity).filter(it -> !it.isBefore(wanted.until())).isEmpty()) {
      ledger.calls().same(identity, call, wanted.call(), wanted.until());
    }
  }

  private static Refusal conflict() {
    return new Refusal(
        Reason.CONFLICT, "another call came with this nonce: equal calls only may share one");
  }

  private static Refusal late() {
    return new Refusal(Reason.DEADLINE, "it wasn't done within the time the call gives");
  }

  private static Refusal left() {
    return new Refusal(
        Reason.DEADLINE, "the call was cancelled by its caller; its run goes on for others");
  }

  private Optional<Payload> remembered(Wanted wanted) throws Refusal {
    try (Holds.Hold hold = runner.hold()) {
      return remembered(wanted, hold);
    }
  }

  private Optional<Payload> remembered(Wanted wanted, Holds.Hold hold) throws Refusal {
    Optional<Receipt> receipt = receipts.remembered(wanted.key(), hold);
    if (receipt.isEmpty()) {
      return Optional.empty();
    }
    Optional<Item.Bytes> result = receipts.result(receipt.get());
    if (result.isEmpty() && receipts.isShort(receipt.get())) {
      return Optional.empty(); // damaged: a new run puts it right
    }
    Payload hit = payload(receipt.get(), Answer.How.CACHE, result);
    ledger.calls().answered(runner.answered(wanted, receipt.get(), Answer.How.CACHE));
    tally.answered(Answer.How.CACHE);
    return Optional.of(hit);
  }

  /// Boards the run for this call, starting it if there is none; empty if the call has to be looked
  /// at anew, because the run ended for a reason that was another caller's.
  private Optional<Payload> fly(Wanted wanted, Errand errand, Unanswered here)
      throws Refusal, InterruptedException {
    Cid key = wanted.flight();
    if (here.cancelled()) {
      throw left();
    }
    if (closed) {
      throw new Refusal(
          Reason.EXHAUSTED,
          "the agent is ending, and begins nothing more",
          Item.table().put("retry_after", RETRY.toMillis()).build());
    }
    Flight mine = new Flight(wanted, new Output(scratch, runner::requireRoom), clock.instant());
    // Boarded before anyone can see it: a flight that is found has somebody in it, or is over.
    Flight.Seat seat = mine.board(wanted.call()).orElseThrow();
    Flight other = flights.putIfAbsent(key, mine);
    if (other == null) {
      // Whoever came in between may have landed just now: look once more before running.
      Optional<Payload> known = afterTakeoff(wanted, key, mine, errand);
      if (known.isPresent()) {
        return known;
      }
      return arrive(wanted, mine, seat, Answer.How.RUN, errand, here);
    }
    if (!other.isFor(wanted.key())) {
      throw conflict();
    }
    Optional<Flight.Seat> joined = other.board(wanted.call());
    if (joined.isEmpty()) {
      // It is over, or being taken back: its key is free in a moment, by the thread that runs it.
      if (other.awaitLanding(wanted.deadline(), clock).isEmpty()) {
        throw late();
      }
      return Optional.empty();
    }
    return arrive(wanted, other, joined.get(), Answer.How.JOINED, errand, here);
  }

  private Optional<Payload> afterTakeoff(Wanted wanted, Cid key, Flight mine, Errand errand)
      throws Refusal {
    try {
      Optional<Payload> known = known(wanted, true);
      if (known.isPresent()) {
        abandon(key, mine);
      } else {
        // Before anything is written of its run: what comes later counts.
        errand.begin();
      }
      return known;
    } catch (Refusal | RuntimeException e) {
      abandon(key, mine);
      throw e;
    }
  }

  /// A flight that doesn't take off: its first caller has an answer, which is theirs alone. Whoever
  /// boarded meanwhile isn't left waiting for a run that never begins.
  private void abandon(Cid key, Flight mine) {
    flights.remove(key, mine);
    mine.land(new Flight.Landing.Abandoned());
  }

  /// Carries a run to its end, on a thread of its own.
  ///
  /// @param told is told how it ended, after those who wait
  private void carry(
      String name,
      Cid key,
      Flight flight,
      Supplier<Flight.Landing> run,
      Consumer<Flight.Landing> told) {
    var _ =
        Thread.ofVirtual()
            .name(name)
            .start(() -> {
              Flight.Landing landing =
                  new Flight.Landing.Nothing(
                      new Payload.Broken("the run failed by the agent's own fault"));
              try {
                landing = run.get();
              } finally {
                // First the key, then the news: who reads the news and calls again finds the
                // receipt.
                flights.remove(key, flight);
                drop(flight.output());
                flight.land(landing);
                told.accept(landing);
              }
            });
  }

  private static void drop(Output output) {
    try {
      output.close();
    } catch (IOException e) {
      System.getLogger(Calls.class.getName())
          .log(System.Logger.Level.WARNING, "a spool that can't be removed", e);
    }
  }

  private Optional<Payload> arrive(
      Wanted wanted,
      Flight flight,
      Flight.Seat seat,
      Answer.How how,
      Errand errand,
      Unanswered here)
      throws Refusal, InterruptedException {
    here.boards(flight);
    Flight.Waited waited;
    try {
      if (how == Answer.How.RUN) {
        // Not before the call is found by its name: who sees that it runs may ask for it.
        Cid key = wanted.flight();
        carry("run " + key, key, flight, () -> runner.run(wanted, flight), _ -> {});
      } else if (!flight.isBy(wanted.call())) {
        errand.begin();
        remember(wanted, flight.by());
      }
      errand.waits();
      waited = flight.await(seat, wanted.deadline(), clock);
    } finally {
      flight.vacate(seat);
    }
    return switch (waited) {
      case Flight.Waited.Late _ -> throw late();
      case Flight.Waited.Left _ -> throw left();
      case Flight.Waited.Landed(Flight.Landing.Abandoned _) -> Optional.empty();
      case Flight.Waited.Landed(Flight.Landing.Nothing(Payload payload)) ->
          how == Answer.How.JOINED && isOthers(payload, flight.runsLike(wanted))
              ? Optional.empty()
              : Optional.of(payload);
      case Flight.Waited.Landed(Flight.Landing.Ended ended) -> {
        if (how == Answer.How.JOINED) {
          if (ended.receipt().body().outcome() instanceof Receipt.Ended.Broken
              && !flight.runsLike(wanted)) {
            yield Optional.empty(); // another's limits broke it
          }
          ledger.calls().answered(runner.answered(wanted, ended.receipt(), how));
        }
        tally.answered(how);
        yield Optional.of(payload(ended.receipt(), how, ended.result()));
      }
    };
  }

  /// Whether a run came to nothing for a reason that was its first caller's own.
  private static boolean isOthers(Payload payload, boolean alike) {
    return payload instanceof Payload.Revoked
        || (payload instanceof Payload.NotPromised notPromised
            && switch (notPromised.reason()) {
              case DEADLINE, REFUSED, EXHAUSTED -> true;
              case UNABLE -> !alike;
              default -> false;
            });
  }

  private static Payload payload(Receipt receipt, Answer.How how, Optional<Item.Bytes> result) {
    return new Payload.Receipted(Item.of(receipt.message().bytes()), how, result);
  }

  /// Gives an end to calls that an agent before this one didn't answer. Runs that may have outlived
  /// it are taken up, in the background. Of others that it was killed during, nobody knows whether
  /// they ran to their ends; what else there is never began, or may again.
  void settle(Survivors survivors) {
    for (CallRecord open : ledger.calls().begun()) {
      Optional<Survivors.Survivor> survivor = survivors.find(open);
      if (survivor.isPresent()) {
        takeUp(survivors, survivor.get());
      } else if (open.lost().isPresent()) {
        var _ = ledger.calls().lost(open);
      } else {
        Payload ended =
            new Payload.NotPromised(
                Reason.REFUSED, "the agent ended before the call did: call again");
        ledger
            .calls()
            .nothing(
                open.call(), open.function(), open.by(), open.came(), Answer.payloadBytes(ended));
      }
    }
    survivors.sweep(unanswered::containsKey);
  }

  /// It has a flight like any other, in which its call has a seat that nobody leaves, and counts as
  /// unanswered: it goes on whether anybody asks for it again or not.
  private void takeUp(Survivors survivors, Survivors.Survivor survivor) {
    Cid call = survivor.call().call();
    Cid key = survivor.begun().identity();
    Output output = new Output(scratch, runner::requireRoom);
    Flight flight = new Flight(survivor.course(), output, survivor.lost().body().started());
    var _ = flight.board(call);
    CallRecord open = survivor.call();
    Unanswered here = new Unanswered(call, open.function(), open.by(), open.came()).enter();
    here.boards(flight);
    flights.put(key, flight);
    unanswered.put(call, here);
    carry(
        "take up " + call,
        key,
        flight,
        () -> survivors.takeUp(survivor, flight),
        landing -> leave(call, told(landing)));
  }

  private static Optional<Payload> told(Flight.Landing landing) {
    return switch (landing) {
      case Flight.Landing.Ended(Receipt receipt, Optional<Item.Bytes> result) ->
          Optional.of(payload(receipt, Answer.How.RUN, result));
      case Flight.Landing.Nothing(Payload payload) -> Optional.of(payload);
      case Flight.Landing.Abandoned _ -> Optional.empty();
    };
  }

  /// A call that came and has no answer yet.
  Optional<Unanswered> unanswered(Cid call) {
    return Optional.ofNullable(unanswered.get(call));
  }

  /// The answer to a call that has one, as it would be given now.
  Optional<Payload> ended(CallRecord call) throws Refusal {
    if (call.nothing().isPresent()) {
      try {
        return Optional.of(Answer.payload(call.nothing().get().value()));
      } catch (MalformedException e) {
        throw new IllegalStateException("what is written down of call " + call.call(), e);
      }
    }
    if (call.end().isEmpty()) {
      return Optional.empty();
    }
    Receipt receipt = receipts.read(call.end().get().receipt()).orElseThrow(Refusal::absent);
    return Optional.of(payload(receipt, call.end().get().how(), receipts.result(receipt)));
  }

  /// Those that the caller may see, by name.
  Map<Cid, Unanswered> unanswered(Caller caller) {
    Map<Cid, Unanswered> own = new LinkedHashMap<>();
    unanswered.forEach((name, call) -> {
      if (caller.isOwner() || call.principal().equals(caller.principal())) {
        own.put(name, call);
      }
    });
    return own;
  }

  /// Tells those who watch runs that wait for this code how far it is.
  void bringing(Cid code, String far) {
    flights.values().forEach(flight -> flight.bringing(code, far));
  }

  /// How many runs are under way.
  int flying() {
    return flights.size();
  }

  /// Begins nothing more, and lets what runs or waits for its turn come to its end.
  ///
  /// @return whether all did within the time
  boolean drain(Duration atMost) throws InterruptedException {
    closed = true;
    Optional<Instant> deadline = Optional.of(clock.instant().plus(atMost));
    while (!flights.isEmpty()) {
      for (Flight flight : List.copyOf(flights.values())) {
        if (flight.awaitLanding(deadline, clock).isEmpty()) {
          return false;
        }
      }
    }
    return true;
  }

  /// Ends every run; each caller gets the receipt of a cancelled one. None begins any more.
  ///
  /// A run that its driver doesn't let go of is left alone after a while: it was found without an
  /// end then, as after a crash.
  @Override
  public void close() {
    closed = true;
    long end = System.nanoTime() + LONGEST_END.toNanos();
    boolean inTime = true;
    while (inTime && !flights.isEmpty()) {
      Collection<Flight> all = List.copyOf(flights.values());
      all.forEach(flight -> flight.cancellation().cancel());
      inTime = all.stream().allMatch(flight -> flight.awaitLandingUninterruptibly(end));
    }
    if (!inTime) {
      System.getLogger(Calls.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "{0} runs that their drivers don''t end are left alone",
              flights.size());
    }
  }
}
