package org.promisegrid.kernel.call;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.function.RefName;
import org.promisegrid.kernel.ledger.CallRecord;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.kernel.syscall.Access;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.syscall.Syscall;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;

/// `call.explain`, `call.await`, `call.cancel`, `call.watch`, `call.list`.
public final class CallSyscalls {

  private static final int PAGE = 1000;
  private static final long LONGEST_WAIT = Duration.ofHours(1).toMillis();

  private final NodeId node;
  private final Preparation preparation;
  private final Calls calls;
  private final Runner runner;
  private final Ledger ledger;
  private final Access access;
  private final Signer signer;
  private final InstantSource clock;

  CallSyscalls(
      NodeId node,
      Preparation preparation,
      Calls calls,
      Runner runner,
      Ledger ledger,
      Access access,
      Signer signer,
      InstantSource clock) {
    this.node = node;
    this.preparation = preparation;
    this.calls = calls;
    this.runner = runner;
    this.ledger = ledger;
    this.access = access;
    this.signer = signer;
    this.clock = clock;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "call.explain", Syscall.of("call.explain", this::wished, this::account),
        "call.await", Syscall.of("call.await", Awaited::of, this::await),
        "call.cancel", Syscall.of("call.cancel", CallSyscalls::named, this::cancel),
        "call.watch", Syscall.of("call.watch", Watched::of, this::watch),
        "call.list", Syscall.of("call.list", Page::of, this::list));
  }

  /// What is to be explained: a run, by its receipt, or a call that may be made.
  private record Explained(Optional<Cid> receipt, Optional<Preparation.Asked> asked) {}

  private Explained wished(Fields params) throws MalformedException {
    Optional<Cid> receipt = params.link("receipt");
    return new Explained(
        receipt, receipt.isPresent() ? Optional.empty() : Optional.of(asked(params)));
  }

  private Syscall.Kept account(Caller caller, Explained what) throws Refusal {
    return what.receipt().isPresent()
        ? explained(caller, what.receipt().get())
        : explain(caller, what.asked().orElseThrow());
  }

  private Preparation.Asked asked(Fields fields) throws MalformedException {
    Cid function =
        switch (fields.required("function", fields.item("function"))) {
          case Item.Link(Cid cid) -> cid;
          case Item.Text(String name) -> new RefName(name).cid(node);
          default -> throw new MalformedException("call.explain: function is a link or a name");
        };
    Item.Table params = fields.table("params").orElse(Item.EMPTY);
    Input input = Input.decode(fields.item("input").orElse(Item.NULL));
    Terms terms = Terms.decode(fields.table("terms").orElse(Item.EMPTY));
    // Nothing runs: any nonce will do for a function that wants one.
    return new Preparation.Asked(
        function,
        params,
        input,
        terms.nonce().isPresent()
            ? terms
            : terms.toBuilder().nonce(new byte[Terms.NONCE_SIZE]).build(),
        false);
  }

  private Syscall.Kept explain(Caller caller, Preparation.Asked asked) throws Refusal {
    try (Holds.Hold hold = access.hold()) {
      return explain(preparation.check(caller, asked, hold));
    }
  }

  private Syscall.Kept explain(Wanted wanted) throws Refusal {
    Item.TableBuilder value =
        Item.table()
            .put("key", wanted.key())
            .put("function", wanted.function())
            .put("pure", wanted.descriptor().pure())
            .put(
                "cached",
                wanted.descriptor().pure()
                    && wanted.cache() != Terms.Cache.REFRESH
                    && runner.receipts().isRemembered(wanted.key()));
    addAll(value, Access.damaged(() -> runner.explain(wanted)).toItem());
    return new Syscall.Kept(value.build());
  }

  /// The account that was stored with a receipt.
  private Syscall.Kept explained(Caller caller, Cid name) throws Refusal {
    access.require(caller, name);
    Receipt receipt = receipt(name);
    Cid account = receipt.body().explain().orElseThrow(Refusal::absent);
    Message message = access.message(account).orElseThrow(Refusal::absent);
    Item.TableBuilder value =
        Item.table()
            .put("key", receipt.body().key())
            .put("function", receipt.body().function())
            .put("receipt", name);
    if (message.slots().size() == 1 && message.slots().getFirst() instanceof Item.Table table) {
      addAll(value, table);
    }
    return new Syscall.Kept(value.build());
  }

  private Receipt receipt(Cid name) throws Refusal {
    Optional<Message> message = access.message(name);
    if (message.isEmpty()) {
      throw Refusal.invalid(name + " is no receipt");
    }
    try {
      return Receipt.decode(message.get());
    } catch (MalformedException e) {
      throw Refusal.invalid(name + " is no receipt: " + e.getMessage());
    }
  }

  private static void addAll(Item.TableBuilder value, Item.Table table) {
    table
        .entries()
        .forEach((name, item) -> {
          if (name instanceof Item.Text(String text)) {
            value.put(text, item);
          }
        });
  }

  /// A call, and how long to wait for its answer.
  private record Awaited(Cid call, long within) {
    static Awaited of(Fields params) throws MalformedException {
      return new Awaited(named(params), params.number("within", 0, LONGEST_WAIT).orElse(0));
    }
  }

  private Syscall.Kept await(Caller caller, Awaited awaited) throws Refusal, InterruptedException {
    Cid name = awaited.call();
    Instant deadline = clock.instant().plusMillis(awaited.within());
    Optional<Unanswered> unanswered = own(caller, name);
    if (unanswered.isPresent()) {
      switch (unanswered.get().await(deadline, clock)) {
        case Unanswered.Waited.Answered(Payload payload) -> {
          return kept(name, payload);
        }
        case Unanswered.Waited.Late _ -> throw notYet();
        case Unanswered.Waited.Left _ -> {} // what is written down of it tells what there is
      }
    }
    CallRecord ended = record(caller, name);
    return kept(name, calls.ended(ended).orElseThrow(CallSyscalls::notYet));
  }

  private static Refusal notYet() {
    return new Refusal(Reason.DEADLINE, "the call hasn't ended yet");
  }

  private Syscall.Kept kept(Cid call, Payload payload) {
    return new Syscall.Kept(
        Item.table().put("message", signer.answer(call, payload).message().bytes()).build());
  }

  private Syscall.Kept cancel(Caller caller, Cid name) throws Refusal {
    Optional<Unanswered> unanswered = own(caller, name);
    if (unanswered.isPresent()) {
      boolean stopped = unanswered.get().cancel();
      return new Syscall.Kept(
          Item.table().put("call", name).put("state", stopped ? "stopped" : "left").build());
    }
    CallRecord ended = record(caller, name);
    return new Syscall.Kept(Item.table().put("call", ended.call()).put("state", "ended").build());
  }

  /// A call, and how far what it writes was read already.
  private record Watched(Cid call, Output.Place from) {
    static Watched of(Fields params) throws MalformedException {
      return new Watched(
          named(params),
          new Output.Place(
              (int) params.number("run", 0, Integer.MAX_VALUE).orElse(0),
              params.number("output", 0, Long.MAX_VALUE).orElse(0),
              params.number("log", 0, Long.MAX_VALUE).orElse(0)));
    }
  }

  private Syscall.Kept watch(Caller caller, Watched watched) throws Refusal {
    Cid name = watched.call();
    Optional<Unanswered> unanswered = own(caller, name);
    if (unanswered.isEmpty()) {
      var _ = record(caller, name);
    }
    return new Syscall.Kept(
        Item.table().put("call", name).build(),
        new Follow.Events(new Watching(name, unanswered, watched.from(), calls, ledger, clock)));
  }

  private Optional<Unanswered> own(Caller caller, Cid name) {
    return calls.unanswered(name).filter(it -> isOwn(caller, Optional.of(it.principal())));
  }

  private static Cid named(Fields params) throws MalformedException {
    return params.requiredLink("call");
  }

  private CallRecord record(Caller caller, Cid name) throws Refusal {
    return ledger
        .calls()
        .find(name)
        .filter(call -> isOwn(caller, Optional.of(call.by())))
        .orElseThrow(Refusal::absent);
  }

  private static boolean isOwn(Caller caller, Optional<String> by) {
    return by.isPresent() && (caller.isOwner() || by.get().equals(caller.principal()));
  }

  /// Which part of the list is asked for.
  private record Page(Optional<Cid> after, int most) {
    static Page of(Fields params) throws MalformedException {
      return new Page(params.link("after"), (int) params.number("limit", 1, PAGE).orElse(100));
    }
  }

  private Syscall.Kept list(Caller caller, Page asked) throws Refusal {
    Optional<Cid> after = asked.after();
    int most = asked.most();
    OptionalLong before = OptionalLong.empty();
    if (after.isPresent()) {
      before =
          OptionalLong.of(
              ledger
                  .calls()
                  .find(after.get())
                  .filter(it -> isOwn(caller, Optional.of(it.by())))
                  .orElseThrow(() -> Refusal.invalid("after: there is no such call"))
                  .offset());
    }
    List<Item> lines = new ArrayList<>();
    Map<Cid, Unanswered> open = calls.unanswered(caller);
    if (after.isEmpty()) {
      open.forEach((name, call) -> lines.add(running(name, call)));
    }
    Optional<String> by = caller.isOwner() ? Optional.empty() : Optional.of(caller.principal());
    List<CallRecord> page = ledger.calls().list(by, before, most + 1);
    for (CallRecord ended : page.subList(0, Math.min(most, page.size()))) {
      if (!open.containsKey(ended.call())) {
        lines.add(line(ended));
      }
    }
    Item.TableBuilder value = Item.table().put("calls", Item.array(lines));
    if (page.size() > most) {
      value.put("next", page.get(most - 1).call());
    }
    return new Syscall.Kept(value.build());
  }

  private static Item running(Cid name, Unanswered call) {
    return Item.table()
        .put("call", name)
        .put("function", call.function())
        .put("by", call.principal())
        .put("state", "running")
        .put("started", call.came().toEpochMilli())
        .build();
  }

  private static Item line(CallRecord call) {
    Item.TableBuilder line =
        Item.table()
            .put("call", call.call())
            .put("function", call.function())
            .put("by", call.by())
            .put("state", call.hasEnded() ? "ended" : "running")
            .put("started", call.came().toEpochMilli());
    call.ended().ifPresent(at -> line.put("ended", at.toEpochMilli()));
    call.end().ifPresent(end -> line.put("receipt", end.receipt()).put("how", Words.of(end.how())));
    return line.build();
  }
}
