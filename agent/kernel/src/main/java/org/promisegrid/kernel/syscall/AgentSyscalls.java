package org.promisegrid.kernel.syscall;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// `agent.status`, `agent.events`.
public final class AgentSyscalls {

  private static final int PAGE = 256;

  private final Ledger ledger;
  private final Supplier<Item.Table> status;

  /// @param status the value of `agent.status`
  public AgentSyscalls(Ledger ledger, Supplier<Item.Table> status) {
    this.ledger = ledger;
    this.status = status;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "agent.status", (_, call, _) -> status(call),
        "agent.events", (_, call, _) -> events(call));
  }

  private Syscall.Kept status(Call.Request call) throws Refusal {
    try {
      Fields.of(call.params(), "agent.status").end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    return new Syscall.Kept(status.get());
  }

  private Syscall.Kept events(Call.Request call) throws Refusal {
    boolean follow;
    OptionalLong after;
    try {
      Fields params = Fields.of(call.params(), "agent.events");
      after = params.number("after", 0, Long.MAX_VALUE);
      follow = params.bool("follow").orElse(false);
      params.end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    Deque<Entry.Stamped> ready = new ArrayDeque<>();
    long next;
    try {
      // An event is named by where it begins: what comes after it is read from there, without it.
      Journal.Page first = ledger.entries(after.orElse(0), PAGE);
      first.entries().stream()
          .filter(entry -> after.isEmpty() || entry.offset() > after.getAsLong())
          .forEach(ready::add);
      next = first.next();
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("no event has the offset " + after.orElse(0));
    }
    return new Syscall.Kept(
        Item.table().put("from", after.orElse(0)).put("last", ledger.last()).build(),
        new Follow.Events(new JournalStream(ready, next, follow)));
  }

  /// Reads the journal page by page. Of one thread.
  private final class JournalStream implements Follow.EventStream {
    private final Deque<Entry.Stamped> ready;
    private final boolean follow;
    private long next;

    JournalStream(Deque<Entry.Stamped> ready, long next, boolean follow) {
      this.ready = ready;
      this.next = next;
      this.follow = follow;
    }

    @Override
    public Follow.Next next(Duration atMost) throws InterruptedException {
      if (ready.isEmpty()) {
        if (follow && !ledger.await(next, atMost)) {
          return new Follow.Next.Quiet();
        }
        Journal.Page page = ledger.entries(next, PAGE);
        ready.addAll(page.entries());
        next = page.next();
      }
      Entry.Stamped entry = ready.poll();
      if (entry == null) {
        return follow ? new Follow.Next.Quiet() : new Follow.Next.Over();
      }
      return new Follow.Next.Came(
          new Event(
              entry.offset(),
              Instant.ofEpochMilli(entry.millis()),
              entry.entry().kind().word(),
              named(entry.entry().detail())));
    }

    /// The claims of a token have numbers as names, where an event has text.
    private static Item.Table named(Item.Table table) {
      Item.TableBuilder named = Item.table();
      table
          .entries()
          .forEach((name, value) ->
              named.put(
                  name instanceof Item.Text(String text) ? text : name.toString(), named(value)));
      return named.build();
    }

    private static Item named(Item item) {
      return switch (item) {
        case Item.Table table -> named(table);
        case Item.Array(List<Item> items) ->
            Item.array(items.stream().map(JournalStream::named).toList());
        default -> item;
      };
    }

    @Override
    public void close() {} // reading the journal holds nothing open
  }
}
