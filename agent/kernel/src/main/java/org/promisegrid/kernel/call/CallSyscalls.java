package org.promisegrid.kernel.call;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.kernel.function.RefName;
import org.promisegrid.kernel.ledger.CallRecord;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
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
  private static final int PIECE = 64 * 1024;

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
        "call.explain", (caller, call, _) -> explain(caller, call),
        "call.await", (caller, call, _) -> await(caller, call),
        "call.cancel", (caller, call, _) -> cancel(caller, call),
        "call.watch", (caller, call, _) -> watch(caller, call),
        "call.list", (caller, call, _) -> list(caller, call));
  }

  private Syscall.Kept explain(Caller caller, Call.Request call) throws Refusal {
    Optional<Cid> receipt;
    Optional<Preparation.Asked> asked = Optional.empty();
    try {
      Fields fields = Fields.of(call.params(), "call.explain");
      receipt = fields.link("receipt");
      if (receipt.isEmpty()) {
        asked = Optional.of(asked(fields));
      }
      fields.end();
    } catch (MalformedException | IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    return receipt.isPresent()
        ? explained(caller, receipt.get())
        : explain(caller, asked.orElseThrow());
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
            : terms.toBuilder().nonce(new byte[Terms.NONCE_SIZE]).build());
  }

  private Syscall.Kept explain(Caller caller, Preparation.Asked asked) throws Refusal {
    Wanted wanted = preparation.check(caller, asked);
    Item.TableBuilder value =
        Item.table()
            .put("key", wanted.key())
            .put("function", wanted.function())
            .put("pure", wanted.descriptor().pure())
            .put(
                "cached",
                wanted.descriptor().pure()
                    && wanted.cache() != Terms.Cache.REFRESH
                    && runner.remembered(wanted.key()).isPresent());
    addAll(value, Access.damaged(() -> runner.explain(wanted)).toItem());
    return new Syscall.Kept(value.build());
  }

  /// The account that was stored with a receipt.
  private Syscall.Kept explained(Caller caller, Cid name) throws Refusal {
    access.require(caller, name);
    Receipt receipt =
        runner.receipt(name).orElseThrow(() -> Refusal.invalid(name + " is no receipt"));
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

  private static void addAll(Item.TableBuilder value, Item.Table table) {
    table
        .entries()
        .forEach(
            (name, item) -> {
              if (name instanceof Item.Text(String text)) {
                value.put(text, item);
              }
            });
  }

  private Syscall.Kept await(Caller caller, Call.Request call) throws Refusal, InterruptedException {
    Cid name;
    OptionalLong within;
    try {
      Fields fields = Fields.of(call.params(), "call.await");
      name = fields.requiredLink("call");
      within = fields.number("within", 0, Terms.LONGEST.toMillis());
      fields.end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    Optional<Flight> flight = calls.flight(name);
    if (flight.isPresent() && isOwn(caller, flight.get().caller(name))) {
      Instant deadline =
          clock.instant().plusMillis(within.orElse(Terms.LONGEST.toMillis()));
      Flight.Landing landing =
          flight
              .get()
              .awaitLanding(deadline, clock)
              .orElseThrow(() -> new Refusal(Reason.DEADLINE, "the call hasn't ended yet"));
      if (landing instanceof Flight.Landing.Nothing(Payload payload)) {
        return kept(name, payload);
      }
    }
    CallRecord ended = record(caller, name);
    Payload payload =
        calls
            .ended(ended)
            .orElseThrow(() -> new Refusal(Reason.DEADLINE, "the call hasn't ended yet"));
    return kept(name, payload);
  }

  private Syscall.Kept kept(Cid call, Payload payload) {
    return new Syscall.Kept(
        Item.table().put("message", signer.answer(call, payload).message().bytes()).build());
  }

  private Syscall.Kept cancel(Caller caller, Call.Request call) throws Refusal {
    Cid name = named(call, "call.cancel");
    Optional<Flight> flight = calls.flight(name);
    if (flight.isPresent() && isOwn(caller, flight.get().caller(name))) {
      flight.get().cancel(name);
      return new Syscall.Kept(
          Item.table().put("call", name).put("state", "cancelled").build());
    }
    CallRecord ended = record(caller, name);
    return new Syscall.Kept(
        Item.table()
            .put("call", name)
            .put("state", ended.end().isPresent() ? "ended" : "lost")
            .build());
  }

  private Syscall.Kept watch(Caller caller, Call.Request call) throws Refusal {
    Cid name = named(call, "call.watch");
    Optional<Flight> flight = calls.flight(name);
    if (flight.isEmpty() || !isOwn(caller, flight.get().caller(name))) {
      CallRecord ended = record(caller, name);
      return new Syscall.Kept(
          Item.table().put("call", ended.call()).build(), new Follow.Events(new Nothing()));
    }
    return new Syscall.Kept(
        Item.table().put("call", name).build(),
        new Follow.Events(new OutputStream(flight.get().output())));
  }

  private static Cid named(Call.Request call, String what) throws Refusal {
    try {
      Fields fields = Fields.of(call.params(), what);
      Cid name = fields.requiredLink("call");
      fields.end();
      return name;
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
  }

  private CallRecord record(Caller caller, Cid name) throws Refusal {
    return ledger
        .call(name)
        .filter(call -> isOwn(caller, Optional.of(call.by())))
        .orElseThrow(Refusal::absent);
  }

  private static boolean isOwn(Caller caller, Optional<String> by) {
    return by.isPresent() && (caller.isOwner() || by.get().equals(caller.principal()));
  }

  private Syscall.Kept list(Caller caller, Call.Request call) throws Refusal {
    OptionalLong after;
    int most;
    try {
      Fields fields = Fields.of(call.params(), "call.list");
      after = fields.number("after", 0, Long.MAX_VALUE);
      most = (int) fields.number("limit", 1, PAGE).orElse(100);
      fields.end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    List<Item> lines = new ArrayList<>();
    if (after.isEmpty()) {
      calls.flying(caller).forEach((name, flight) -> lines.add(running(name, flight)));
    }
    List<Ledger.Listed> page = ledger.calls(caller.principal(), after, most + 1);
    for (Ledger.Listed listed : page.subList(0, Math.min(most, page.size()))) {
      if (calls.flight(listed.call().call()).isEmpty()) {
        lines.add(line(listed.call()));
      }
    }
    Item.TableBuilder value = Item.table().put("calls", Item.array(lines));
    if (page.size() > most) {
      value.put("next", page.get(most - 1).offset());
    }
    return new Syscall.Kept(value.build());
  }

  private static Item running(Cid name, Flight flight) {
    return Item.table()
        .put("call", name)
        .put("function", flight.function())
        .put("state", "running")
        .put("at", flight.began().toEpochMilli())
        .build();
  }

  private static Item line(CallRecord call) {
    Item.TableBuilder line =
        Item.table()
            .put("call", call.call())
            .put("function", call.function())
            .put("state", call.end().isPresent() ? "ended" : "lost")
            .put("at", call.at().toEpochMilli());
    call.end()
        .ifPresent(end -> line.put("receipt", end.receipt()).put("how", Words.of(end.how())));
    return line.build();
  }

  /// Events of a call that has ended: none.
  private static final class Nothing implements Follow.EventStream {
    @Override
    public Follow.Next next(Duration atMost) {
      return new Follow.Next.Over();
    }

    @Override
    public void close() {} // there is nothing to let go of
  }

  /// Reads along with a run: `output` for what it writes, `again` where it began anew elsewhere.
  private final class OutputStream implements Follow.EventStream {
    private final Spool spool;
    private int attempt;
    private long offset;

    OutputStream(Spool spool) {
      this.spool = spool;
    }

    @Override
    public Follow.Next next(Duration atMost) throws InterruptedException {
      try {
        return switch (spool.await(attempt, offset, PIECE, atMost)) {
          case Spool.Piece.Bytes(Item.Bytes bytes) -> {
            Event event =
                new Event(
                    offset, clock.instant(), "output", Item.table().put("bytes", bytes).build());
            offset += bytes.length();
            yield new Follow.Next.Came(event);
          }
          case Spool.Piece.Again(int now) -> {
            attempt = now;
            offset = 0;
            yield new Follow.Next.Came(new Event(0, clock.instant(), "again", Item.EMPTY));
          }
          case Spool.Piece.Quiet _ -> new Follow.Next.Quiet();
          case Spool.Piece.Over _ -> new Follow.Next.Over();
        };
      } catch (IOException e) {
        // The spool is removed once the run has landed: whoever is behind reads the result instead.
        return new Follow.Next.Over();
      }
    }

    @Override
    public void close() {} // the spool is the run's
  }
}
