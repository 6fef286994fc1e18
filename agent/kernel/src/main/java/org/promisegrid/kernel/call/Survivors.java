package org.promisegrid.kernel.call;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.dispatch.Conclusion;
import org.promisegrid.kernel.dispatch.Order;
import org.promisegrid.kernel.dispatch.Resumed;
import org.promisegrid.kernel.dispatch.Survival;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.ledger.Answered;
import org.promisegrid.kernel.ledger.CallRecord;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;

/// Runs that an agent before this one began, and that may have outlived it: taken up, so that the
/// call which began one gets the receipt of it.
///
/// What is known of such a run is what was written down when it began: its limits, and the receipt
/// that it has if nothing more is ever heard of it. The new receipt is that one with another end.
public final class Survivors {

  private static final System.Logger LOG = System.getLogger(Survivors.class.getName());

  private final Survival survival;
  private final Functions functions;
  private final ContentStore content;
  private final Ledger ledger;
  private final Runner runner;
  private final Signer signer;
  private final Tally tally;
  private final InstantSource clock;

  public Survivors(
      Survival survival,
      Functions functions,
      ContentStore content,
      Ledger ledger,
      Runner runner,
      Signer signer,
      Tally tally,
      InstantSource clock) {
    this.survival = survival;
    this.functions = functions;
    this.content = content;
    this.ledger = ledger;
    this.runner = runner;
    this.signer = signer;
    this.tally = tally;
    this.clock = clock;
  }

  /// A run that may live.
  ///
  /// @param lost the receipt that it has if it doesn't
  record Survivor(CallRecord call, CallRecord.Begun begun, Receipt lost) {

    Flight.Course course() {
      Receipt.Body body = lost.body();
      return new Flight.Course(call.call(), body.key(), List.of());
    }
  }

  /// The run of a call that has no end, if it may have outlived its agent.
  Optional<Survivor> find(CallRecord open) {
    if (open.lost().isEmpty() || open.begun().isEmpty()) {
      return Optional.empty();
    }
    return runner
        .receipts()
        .read(open.lost().get())
        .filter(receipt -> survival.keeps(receipt.body().target()))
        .map(receipt -> new Survivor(open, open.begun().get(), receipt));
  }

  /// Closes what is left of runs that nobody asks for any more.
  ///
  /// @param wanted tells which calls somebody waits for
  void sweep(Predicate<Cid> wanted) {
    survival.sweep(wanted);
  }

  /// Takes the run up, and follows it to its end. Whatever goes wrong is an answer.
  Flight.Landing takeUp(Survivor survivor, Flight flight) {
    try (Holds.Hold hold = runner.hold()) {
      hold.addAll(survivor.lost().message().links());
      Receipt.Body body = survivor.lost().body();
      Resumed resumed =
          survival.resume(
              order(survivor),
              body.target(),
              body.isolation(),
              flight.output(),
              flight.cancellation());
      return switch (resumed) {
        case Resumed.Ended(Conclusion conclusion) -> ended(survivor, flight, conclusion, hold);
        case Resumed.Gone _ -> lost(survivor);
        case Resumed.Refused(String why) ->
            throw new IllegalStateException("it is tried again, not told: " + why);
        case Resumed.Unbegun _ -> {
          ledger.calls().undone(survivor.call().call(), survivor.begun().identity());
          yield nothing("its run hadn't begun when the agent ended: call again");
        }
        case Resumed.Withdrawn _ -> nothing("taken back before its target could be asked");
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return nothing("the agent is ending");
    } catch (IOException | RuntimeException | Refusal e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "what came of call " + survivor.call().call() + " can't be had any more",
          e);
      return lost(survivor);
    }
  }

  private static Flight.Landing nothing(String why) {
    return new Flight.Landing.Nothing(new Payload.NotPromised(Reason.REFUSED, why));
  }

  private Order order(Survivor survivor) throws IOException, Refusal {
    Receipt.Body body = survivor.lost().body();
    Set<Integer> kept =
        Set.copyOf(
            functions.find(body.function()).orElseThrow(Refusal::absent).descriptor().kept());
    return Order.of(
            survivor.call().call(),
            survivor.call().by(),
            body.function(),
            List.of(new Form(body.form(), body.code())))
        .kept(kept)
        .input(runner.input(body.input()))
        .limits(survivor.begun().limits())
        .isolation(body.isolation())
        .build();
  }

  private Flight.Landing ended(
      Survivor survivor, Flight flight, Conclusion conclusion, Holds.Hold hold) throws IOException {
    flight.output().result().finish();
    List<byte[]> small = new ArrayList<>();
    Receipt.Result result = runner.result(flight.output().result(), small, hold);
    Receipt.Body began = survivor.lost().body();
    // Nobody was there to time it: it took no longer than until now.
    Duration most = Duration.between(began.started(), clock.instant());
    Receipt receipt =
        signer.receipt(
            new Receipt.Body(
                began.node(),
                began.key(),
                began.function(),
                began.params(),
                began.input(),
                Runner.outcome(conclusion),
                Optional.of(result),
                began.target(),
                began.form(),
                began.code(),
                began.purity(),
                began.isolation(),
                began.started(),
                most.isNegative() ? Duration.ZERO : most,
                conclusion.usage(),
                0,
                conclusion.log().tail(),
                Optional.empty(),
                Optional.empty()));
    small.add(receipt.message().bytes());
    content.putTogether(small, hold);
    ledger
        .calls()
        .ended(
            answered(survivor.call(), receipt, result),
            Optional.empty(),
            runner.hidden(receipt.body(), result.cid(), hold));
    tally.ended(receipt.body().outcome());
    return new Flight.Landing.Ended(receipt, runner.receipts().result(receipt));
  }

  /// Its reach isn't known any more: the narrowest.
  private static Answered answered(CallRecord call, Receipt receipt, Receipt.Result result) {
    Set<Cid> readable = new LinkedHashSet<>(List.of(receipt.cid(), result.cid()));
    return new Answered(
        call.call(),
        call.by(),
        call.function(),
        receipt.cid(),
        Answer.How.RUN,
        call.came(),
        Optional.empty(),
        call.at(),
        readable,
        Reach.HERE);
  }

  private Flight.Landing lost(Survivor survivor) {
    try {
      var _ = ledger.calls().lost(survivor.call());
    } catch (JournalException e) {
      LOG.log(System.Logger.Level.ERROR, "the journal failed", e);
      return new Flight.Landing.Nothing(new Payload.Broken("the journal failed"));
    }
    tally.ended(survivor.lost().body().outcome());
    return new Flight.Landing.Ended(survivor.lost(), Optional.empty());
  }
}
