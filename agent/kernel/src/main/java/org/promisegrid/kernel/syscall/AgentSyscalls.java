package org.promisegrid.kernel.syscall;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.ledger.Ledger;
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
        "agent.status",
            Syscall.of(
                "agent.status", _ -> Optional.empty(), (_, _) -> new Syscall.Kept(status.get())),
        "agent.events", Syscall.of("agent.events", Wished::of, (_, wished) -> events(wished)));
  }

  /// Which events are asked for.
  private record Wished(long after, boolean follow) {
    static Wished of(Fields params) throws MalformedException {
      return new Wished(
          params.number("after", 0, Long.MAX_VALUE).orElse(0), params.bool("follow").orElse(false));
    }
  }

  private Syscall.Kept events(Wished wished) throws Refusal {
    long after = wished.after();
    Deque<Entry.Stamped> ready = new ArrayDeque<>();
    long next;
    try {
      // An event is named by where it begins: what comes after it is read from there, without it.
      Journal.Page first = ledger.entries(after, PAGE);
      if (after > 0 && first.entries().stream().noneMatch(entry -> entry.offset() == after)) {
        throw new IllegalArgumentException("no entry begins there");
      }
      first.entries().stream().filter(entry -> entry.offset() > after).forEach(ready::add);
      next = first.next();
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("no event has the offset " + after);
    }
    long last = ledger.last();
    return new Syscall.Kept(
        Item.table().put("from", after).put("last", last).build(),
        new Follow.Events(new JournalStream(ready, next, wished.follow() ? Long.MAX_VALUE : last)));
  }

  /// Reads the journal page by page. Of one thread.
  private final class JournalStream implements Follow.EventStream {
    private final Deque<Entry.Stamped> ready;
    private final long last;
    private final boolean follow;
    private long next;

    /// @param last the offset of the last to be told; the largest number to follow what comes
    JournalStream(Deque<Entry.Stamped> ready, long next, long last) {
      this.ready = ready;
      this.next = next;
      this.last = last;
      this.follow = last == Long.MAX_VALUE;
    }

    @Override
    public Follow.Next next(Duration atMost) throws InterruptedException {
      if (ready.isEmpty()) {
        if (follow && !ledger.isClosed() && !ledger.await(next, atMost)) {
          return new Follow.Next.Quiet();
        }
        if (ledger.isClosed()) {
          return new Follow.Next.Over();
        }
        Journal.Page page = ledger.entries(next, PAGE);
        ready.addAll(page.entries());
        next = page.next();
      }
      Entry.Stamped entry = ready.poll();
      if (entry == null || entry.offset() > last) {
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
