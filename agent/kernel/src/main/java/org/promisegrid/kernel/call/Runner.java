package org.promisegrid.kernel.call;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.CorruptContentException;
import org.promisegrid.kernel.content.Expected;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.content.Stored;
import org.promisegrid.kernel.dispatch.Account;
import org.promisegrid.kernel.dispatch.Bid;
import org.promisegrid.kernel.dispatch.Conclusion;
import org.promisegrid.kernel.dispatch.Dispatch;
import org.promisegrid.kernel.dispatch.Input;
import org.promisegrid.kernel.dispatch.Order;
import org.promisegrid.kernel.dispatch.Placement;
import org.promisegrid.kernel.dispatch.Result;
import org.promisegrid.kernel.dispatch.RunListener;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.ledger.Answered;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.storage.Renewals;
import org.promisegrid.kernel.syscall.Access;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Usage;

/// Runs what is wanted: order, dispatch, result, receipt, journal.
public final class Runner {

  private static final System.Logger LOG = System.getLogger(Runner.class.getName());

  private static final String WHAT_TO_FREE =
      ": `grid df` shows what takes it, `grid gc` frees what nobody needs";

  private final ContentStore content;
  private final Access access;
  private final Ledger ledger;
  private final Renewals renewals;
  private final Dispatch dispatch;
  private final Signer signer;
  private final Tally tally;
  private final Receipts receipts;

  public Runner(
      ContentStore content,
      Access access,
      Ledger ledger,
      Renewals renewals,
      Dispatch dispatch,
      Signer signer,
      Tally tally) {
    this.content = content;
    this.access = access;
    this.ledger = ledger;
    this.renewals = renewals;
    this.dispatch = dispatch;
    this.signer = signer;
    this.tally = tally;
    this.receipts = new Receipts(content, ledger);
  }

  Receipts receipts() {
    return receipts;
  }

  /// What dispatch is asked for.
  static Order order(Wanted wanted, Input input) {
    Terms terms = wanted.terms();
    Order.Builder order =
        Order.of(
                wanted.call(),
                wanted.caller().turn(),
                wanted.function(),
                wanted.descriptor().forms())
            .pure(wanted.descriptor().pure())
            .idempotent(wanted.descriptor().idempotent())
            .kept(Set.copyOf(wanted.descriptor().kept()))
            .invocation(
                new Invocation(
                    wanted.arguments(),
                    Map.of(),
                    wanted.descriptor().pure() ? Optional.of(wanted.key()) : Optional.empty()))
            .input(input)
            .slots(wanted.slots())
            .limits(terms.limits().over(Limits.DEFAULT))
            .isolation(terms.isolation().orElse(Isolation.SANDBOX))
            .anyAllowed(wanted.anyAllowed())
            .placement(
                new Placement(
                    Set.copyOf(terms.place().drivers()), Map.copyOf(terms.place().labels())));
    terms.price().ifPresent(order::cap);
    wanted.deadline().ifPresent(order::deadline);
    return order.build();
  }

  /// Runs it. Whatever goes wrong is an answer.
  Flight.Landing run(Wanted wanted, Flight flight) {
    try {
      return attempt(wanted, flight);
    } catch (InterruptedException e) {
      return nothing(Reason.REFUSED, "the agent is ending", Item.EMPTY);
    } catch (Spool.NoRoomException e) {
      return nothing(
          Reason.EXHAUSTED, "no room for what the run writes" + WHAT_TO_FREE, Item.EMPTY);
    } catch (FileNotFoundException e) {
      return nothing(Reason.ABSENT, "the input isn't here any more", Item.EMPTY);
    } catch (CorruptContentException e) {
      // Whoever calls may read their input, and can put it again: that heals it.
      return e.cid().equals(wanted.input().cid())
          ? broken(String.valueOf(e.getMessage()), e)
          : broken("the run failed by the agent's own fault", e);
    } catch (StorageException e) {
      return e.kind() == StorageException.Kind.EXHAUSTED
          ? nothing(Reason.EXHAUSTED, "no room for the result" + WHAT_TO_FREE, Item.EMPTY)
          : broken("keeping the result failed", e);
    } catch (JournalException e) {
      return e.kind() == JournalException.Kind.EXHAUSTED
          ? nothing(Reason.EXHAUSTED, "no room in the journal" + WHAT_TO_FREE, Item.EMPTY)
          : broken("the journal failed", e);
    } catch (IOException | RuntimeException e) {
      return broken("the run failed by the agent's own fault", e);
    }
  }

  private static Flight.Landing broken(String what, Exception e) {
    // What exactly, is for the agent's owner: it may tell of paths and other callers.
    LOG.log(System.Logger.Level.ERROR, what, e);
    return new Flight.Landing.Nothing(new Payload.Broken(what));
  }

  private static Flight.Landing nothing(Reason reason, String detail, Item.Table more) {
    return new Flight.Landing.Nothing(new Payload.NotPromised(reason, detail, more));
  }

  private Flight.Landing attempt(Wanted wanted, Flight flight)
      throws InterruptedException, IOException {
    // What can't be kept needn't be run.
    requireRoom(0);
    // Whoever wanted it first may leave, and others go on waiting.
    try (Holds.Hold hold = hold()) {
      hold.addAll(wanted.named());
      return attempt(wanted, flight, hold);
    }
  }

  private Flight.Landing attempt(Wanted wanted, Flight flight, Holds.Hold hold)
      throws InterruptedException, IOException {
    if (wanted.input().inline().isPresent()) {
      // A receipt names its input: who may read the receipt can then read that, too.
      Stored input = content.put(wanted.input().inline().get().value(), hold);
      renewals.used(List.of(input.cid()));
    }
    Beginning beginning = new Beginning(wanted, flight.began(), hold);
    try {
      return attempt(wanted, flight, beginning, hold);
    } catch (RevokedException e) {
      beginning.undo();
      return new Flight.Landing.Nothing(new Payload.Revoked(e.token));
    } catch (IOException | RuntimeException e) {
      if (wanted.descriptor().pure() || !beginning.ran) {
        beginning.undo(e);
        throw e; // it may run again
      }
      return unkept(wanted, beginning, e);
    }
  }

  private Flight.Landing attempt(Wanted wanted, Flight flight, Beginning beginning, Holds.Hold hold)
      throws InterruptedException, IOException {
    Result result =
        dispatch.run(
            order(wanted, input(wanted)), flight.output(), beginning, flight.cancellation());
    return switch (result) {
      case Result.Ended(Conclusion conclusion, Account account) ->
          ended(wanted, flight, conclusion, account, hold);
      case Result.Withdrawn _ -> {
        beginning.undo();
        yield nothing(Reason.REFUSED, "the call was cancelled", Item.EMPTY);
      }
      case Result.NotPromised notPromised -> {
        beginning.undo();
        yield notPromised(notPromised);
      }
    };
  }

  /// What executed, and mustn't again, though nothing of what came of it could be kept: where it
  /// has a receipt for that, it ends with it. Nobody is told that nothing was promised.
  private Flight.Landing unkept(Wanted wanted, Beginning beginning, Exception why) {
    LOG.log(System.Logger.Level.ERROR, "the end of call " + wanted.call() + " isn't kept", why);
    if (beginning.lost.isEmpty()) {
      return new Flight.Landing.Nothing(
          new Payload.Broken("it ran, and what came of it couldn't be kept" + WHAT_TO_FREE));
    }
    Receipt lost = beginning.lost.get();
    try {
      ledger.calls().ended(answered(wanted, lost, Answer.How.RUN), Optional.empty(), List.of());
    } catch (JournalException e) {
      return broken("the journal failed", e); // whoever opens the home next writes it down
    }
    tally.ended(lost.body().outcome());
    return new Flight.Landing.Ended(lost, Optional.empty());
  }

  private static Flight.Landing notPromised(Result.NotPromised result) {
    Item.TableBuilder more = Item.table();
    if (!result.retryAfter().isZero()) {
      more.put("retry_after", result.retryAfter().toMillis());
    }
    result.account().toItem().get("targets").ifPresent(targets -> more.put("targets", targets));
    Reason reason =
        switch (result.why()) {
          case UNABLE -> Reason.UNABLE;
          case EXHAUSTED -> Reason.EXHAUSTED;
          case DEADLINE -> Reason.DEADLINE;
          case REFUSED -> Reason.REFUSED;
        };
    return nothing(reason, result.detail(), more.build());
  }

  private Flight.Landing ended(
      Wanted wanted, Flight flight, Conclusion conclusion, Account account, Holds.Hold hold)
      throws IOException {
    flight.output().result().finish();
    // What is small is written at once with the receipt that names it.
    List<byte[]> small = new ArrayList<>();
    Receipt.Ended outcome = outcome(conclusion);
    Optional<Receipt.Result> result;
    try {
      result = Optional.of(result(flight.output().result(), small, hold));
    } catch (StorageException e) {
      boolean again = wanted.descriptor().pure() && conclusion.judgement().kept();
      if (again || e.kind() != StorageException.Kind.EXHAUSTED) {
        throw e;
      }
      LOG.log(System.Logger.Level.WARNING, "what call " + wanted.call() + " wrote isn't kept", e);
      result = Optional.empty();
      outcome = withoutResult(outcome);
    }
    Message explain = Message.of(Protocols.cid("account"), account.toItem());
    small.add(explain.bytes());
    Bid bid = conclusion.bid();
    boolean remember =
        wanted.descriptor().pure() && conclusion.judgement().kept() && result.isPresent();
    Receipt receipt =
        signer.receipt(
            new Receipt.Body(
                signer.node(),
                wanted.key(),
                wanted.function(),
                wanted.params(),
                wanted.input().cid(),
                outcome,
                result,
                bid.target(),
                bid.form().kind(),
                bid.form().code(),
                Receipt.Purity.valueOf(conclusion.purity().name()),
                bid.offer().isolation(),
                conclusion.started(),
                conclusion.run(),
                conclusion.usage(),
                bid.price().total(),
                conclusion.log().tail(),
                Optional.of(explain.cid()),
                remember
                    ? differing(wanted.key(), result.orElseThrow().cid(), hold)
                    : Optional.empty()));
    small.add(receipt.message().bytes());
    content.putTogether(small, hold);
    receipt.body().differs().ifPresent(other -> disagreed(wanted, receipt.cid(), other));
    ledger
        .calls()
        .ended(
            answered(wanted, receipt, Answer.How.RUN),
            remember ? Optional.of(wanted.key()) : Optional.empty(),
            result.isPresent() ? hidden(receipt.body(), result.get().cid(), hold) : List.of());
    tally.ended(receipt.body().outcome());
    return new Flight.Landing.Ended(receipt, receipts.result(receipt));
  }

  /// What the run wrote, as the receipt names it: kept, or added to what is still to be kept.
  Receipt.Result result(Spool output, List<byte[]> small, Holds.Hold hold) throws IOException {
    try (InputStream in = output.open()) {
      if (output.size() >= ContentStore.LARGE) {
        Stored stored = content.put(in, Expected.ANYTHING, hold);
        return new Receipt.Result(stored.cid(), stored.size());
      }
      byte[] bytes = in.readAllBytes();
      small.add(bytes);
      return new Receipt.Result(Cid.of(bytes), bytes.length);
    }
  }

  /// What of a result's links gives nobody anything: all but what the run was given. A function can
  /// write any link, and its result is remembered for others than the one it ran for.
  List<Cid> hidden(Receipt.Body run, Cid result, Holds.Hold hold) throws IOException {
    Set<Cid> given = new HashSet<>();
    Caller.links(run.params(), given);
    given.add(run.input());
    try {
      List<Cid> links = access.message(result).map(Message::links).orElse(List.of());
      hold.addAll(links);
      return links.stream().filter(link -> !given.contains(link)).toList();
    } catch (Refusal e) {
      throw new IOException("the result " + result + " can't be read back", e);
    }
  }

  /// The receipt that is remembered for a key, if its result is another.
  private Optional<Cid> differing(Cid key, Cid result, Holds.Hold hold) {
    return receipts
        .remembered(key, hold)
        .filter(
            before -> !before.body().result().map(Receipt.Result::cid).equals(Optional.of(result)))
        .map(Receipt::cid);
  }

  /// A pure function gives one result: two are reported, and both kept.
  private void disagreed(Wanted wanted, Cid receipt, Cid other) {
    LOG.log(
        System.Logger.Level.WARNING,
        "function {0} is said to be pure and gave two results: receipts {1} and {2}",
        wanted.function(),
        other,
        receipt);
    ledger.calls().disagreed(wanted.key(), receipt, other);
  }

  static Receipt.Ended outcome(Conclusion conclusion) {
    if (conclusion.judgement().kept()) {
      return new Receipt.Ended.Kept(conclusion.judgement().code());
    }
    Optional<String> why =
        switch (conclusion.outcome()) {
          case Outcome.Faulted(String reason) -> Optional.of(shorten(reason));
          case Outcome.Lost(String reason) -> Optional.of(shorten(reason));
          case Outcome.Exited _, Outcome.Exceeded _, Outcome.Stopped _ -> Optional.empty();
        };
    return new Receipt.Ended.Broken(
        Receipt.What.valueOf(conclusion.judgement().what().name()),
        conclusion.judgement().code(),
        why);
  }

  /// How a run ended of which nothing that it wrote could be kept.
  private static Receipt.Ended withoutResult(Receipt.Ended outcome) {
    return switch (outcome) {
      case Receipt.Ended.Kept _ ->
          new Receipt.Ended.Broken(
              Receipt.What.LOST,
              OptionalInt.empty(),
              Optional.of("it ended well, and there was no room to keep what it wrote"));
      case Receipt.Ended.Broken broken -> broken;
    };
  }

  private static String shorten(String reason) {
    return reason.length() <= Receipt.MAX_WHY ? reason : reason.substring(0, Receipt.MAX_WHY);
  }

  /// The receipt of a run that the agent doesn't live to see the end of.
  private Receipt lost(Wanted wanted, Instant began, Bid bid) {
    return signer.receipt(
        new Receipt.Body(
            signer.node(),
            wanted.key(),
            wanted.function(),
            wanted.params(),
            wanted.input().cid(),
            new Receipt.Ended.Broken(
                Receipt.What.LOST,
                OptionalInt.empty(),
                Optional.of("it began, and what came of it was not kept")),
            Optional.empty(),
            bid.target(),
            bid.form().kind(),
            bid.form().code(),
            Receipt.Purity.NONE,
            bid.offer().isolation(),
            began,
            Duration.ZERO,
            Usage.NONE,
            0,
            Item.of(new byte[0]),
            Optional.empty(),
            Optional.empty()));
  }

  private Input input(Wanted wanted) throws IOException {
    if (wanted.input().inline().isPresent()) {
      return Input.of(wanted.input().inline().get().value());
    }
    return input(wanted.input().cid());
  }

  /// Input that is content.
  Input input(Cid cid) throws IOException {
    if (cid.equals(org.promisegrid.kernel.message.Input.EMPTY)) {
      return Input.none();
    }
    long size = content.size(cid);
    return new Input() {
      @Override
      public InputStream open() throws IOException {
        return content.open(cid);
      }

      @Override
      public long size() {
        return size;
      }
    };
  }

  /// Why, and whether, this would run where.
  Account explain(Wanted wanted) throws IOException {
    return dispatch.explain(order(wanted, input(wanted)));
  }

  /// What a call of this was answered with, for the ledger.
  Answered answered(Wanted wanted, Receipt receipt, Answer.How how) {
    Set<Cid> readable = new LinkedHashSet<>();
    readable.add(receipt.cid());
    receipt.body().result().map(Receipt.Result::cid).ifPresent(readable::add);
    receipt.body().explain().ifPresent(readable::add);
    return new Answered(
        wanted.call(),
        wanted.caller().principal(),
        wanted.function(),
        receipt.cid(),
        how,
        wanted.came(),
        wanted.identity(),
        wanted.until(),
        readable,
        reach(wanted));
  }

  /// How far what comes of it may travel: no farther than anything that it is made of.
  private Reach reach(Wanted wanted) {
    Reach reach = wanted.terms().reach().orElse(Reach.HERE);
    for (Cid named : wanted.named()) {
      if (reach == Reach.HERE) {
        break; // there is nothing narrower
      }
      reach = reach.narrowest(ledger.keeping().reach(named));
    }
    return reach;
  }

  /// Likewise, by the answer.
  Answered answered(Wanted wanted, Payload.Receipted answer) {
    try {
      return answered(
          wanted, Receipt.decode(Message.decode(answer.receipt().value())), answer.how());
    } catch (MalformedException e) {
      throw new IllegalStateException("the node's own receipt", e);
    }
  }

  /// Whether runs may write so much more.
  ///
  /// @throws StorageException `EXHAUSTED` if that would take of the reserve
  void requireRoom(long bytes) {
    content.requireRoom(bytes);
  }

  /// Keeps what is added from being collected until it is closed.
  Holds.Hold hold() {
    return content.holds().open();
  }

  /// Writes down that a run begins which mustn't be repeated, with the receipt that it will have if
  /// nothing more is ever heard of it. Of one thread.
  private final class Beginning implements RunListener {
    private final Wanted wanted;
    private final Instant began;
    private final Holds.Hold hold;
    private Optional<Receipt> lost = Optional.empty();
    private boolean ran;

    Beginning(Wanted wanted, Instant began, Holds.Hold hold) {
      this.wanted = wanted;
      this.began = began;
      this.hold = hold;
    }

    @Override
    public void starting(Bid bid) throws RevokedException {
      // It may have waited for its turn for long.
      for (Cid token : wanted.caller().authority().links()) {
        if (ledger.tokens().isRevoked(token)) {
          throw new RevokedException(token);
        }
      }
      if (wanted.descriptor().pure() || wanted.identity().isEmpty()) {
        return;
      }
      Receipt receipt = lost(wanted, began, bid);
      var _ = content.put(receipt.message().bytes(), hold);
      // Before it is written down: an entry that is on the disk and couldn't be applied counts,
      // too.
      lost = Optional.of(receipt);
      ledger
          .calls()
          .begun(
              wanted.call(),
              wanted.identity().get(),
              wanted.function(),
              wanted.caller().principal(),
              wanted.came(),
              wanted.until(),
              receipt.cid(),
              wanted.terms().limits().over(Limits.DEFAULT));
    }

    @Override
    public void started(Bid bid) {
      ran = true;
    }

    @Override
    public void failedToStart(Bid bid) {
      ran = true; // nobody can say that it didn't
    }

    /// If nothing of the workload has executed, the call may be made again.
    void undo() {
      if (lost.isPresent() && !ran) {
        ledger.calls().undone(wanted.call(), wanted.identity().orElseThrow());
      }
    }

    /// Likewise, because of something that is told in any case.
    void undo(Exception why) {
      try {
        undo();
      } catch (JournalException e) {
        why.addSuppressed(e);
      }
    }
  }

  /// A token that the call came with was taken back while it waited for its turn.
  private static final class RevokedException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Cid token;

    RevokedException(Cid token) {
      super("revoked: " + token);
      this.token = token;
    }
  }
}
