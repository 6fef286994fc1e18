package org.promisegrid.kernel.ledger;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.kernel.index.AlsoKnown;
import org.promisegrid.kernel.index.Graph;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Leases;
import org.promisegrid.kernel.index.Pins;
import org.promisegrid.kernel.index.Reaches;
import org.promisegrid.kernel.index.Reckoning;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.index.Write;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.sandbox.Cid;

/// Brings the index to what the journal says. Applying an entry twice does no harm.
final class Application implements Journal.Follower {

  private static final System.Logger LOG = System.getLogger(Application.class.getName());

  private static final byte[] NOTHING = {};

  private final Index index;
  private final Graph graph;

  /// Of all that is applied.
  private volatile Reckoning reckoning;

  /// Entries that were shown with a lease that isn't of their own time.
  private final Set<Long> moved = new HashSet<>();

  Application(Index index, Graph graph) {
    this.index = index;
    this.graph = graph;
    this.reckoning = Reckoning.of(index);
  }

  /// What the entries that are applied tell of the clock.
  Reckoning reckoning() {
    return reckoning;
  }

  @Override
  public void forget() {
    LOG.log(
        System.Logger.Level.WARNING,
        "the index knows what the journal does not, and is made anew: {0}",
        index.directory());
    index.clear();
    reckoning = Reckoning.NONE;
  }

  @Override
  public void apply(List<Entry.Stamped> entries, long upTo) {
    if (upTo == 0) {
      entries.forEach(this::show);
      return;
    }
    Write write = index.write();
    Map<Cid, Long> uses = new HashMap<>();
    Reckoning passed = reckoning;
    for (Entry.Stamped stamped : entries) {
      passed = passed.after(stamped.millis());
      if (stamped.entry().kind() == Entry.Kind.COLLECTED) {
        // What is taken out is found in the index: what came before must be there.
        write.commit();
        write = index.write();
      }
      Instant lease = passed.lease(at(stamped));
      if (!write.addShown(stamped.offset())) {
        apply(write, stamped, uses, lease);
      } else if (!lease.equals(at(stamped)) || moved.contains(stamped.offset())) {
        leaseAnew(write, stamped, lease);
      }
    }
    for (Map.Entry<Cid, Long> use : uses.entrySet()) {
      Cid token = use.getKey();
      long count = Math.max(use.getValue(), TokenBook.uses(index, token));
      write.put(Table.USES, token.bytes(), TokenBook.count(count));
    }
    Entry.Stamped last = entries.getLast();
    passed.note(write);
    write.last(last.offset(), last.hash()).commit(upTo);
    reckoning = passed;
    moved.removeIf(offset -> offset < upTo);
  }

  private static Instant at(Entry.Stamped stamped) {
    return Instant.ofEpochMilli(stamped.millis());
  }

  /// Its rows are written with those of all others that are flushed with it.
  private void show(Entry.Stamped stamped) {
    Write write = index.write();
    Instant lease = reckoning.after(stamped.millis()).lease(at(stamped));
    apply(write, stamped, new HashMap<>(), lease);
    write.show(stamped.offset());
    if (!lease.equals(at(stamped))) {
      moved.add(stamped.offset());
    }
  }

  /// What was shown before the entries that come before it were applied has the lease that those
  /// let it have: as when the index is made anew.
  private void leaseAnew(Write write, Entry.Stamped stamped, Instant lease) {
    try {
      Fields detail = Fields.of(stamped.entry().detail(), "an entry");
      if (stamped.entry().kind() == Entry.Kind.RENEWED) {
        renewed(write, detail, lease);
      } else if (stamped.entry().kind() == Entry.Kind.ANSWERED) {
        Leases.renew(write, detail.requiredLink("receipt"), lease);
      }
    } catch (MalformedException e) {
      throw new IllegalStateException("the entry at " + stamped.offset(), e);
    }
  }

  private static void renewed(Write write, Fields detail, Instant lease) throws MalformedException {
    for (Cid used : Rows.links(detail, "cids")) {
      Leases.renew(write, used, lease);
    }
  }

  private void apply(Write write, Entry.Stamped stamped, Map<Cid, Long> uses, Instant lease) {
    try {
      changes(write, stamped, uses, lease);
    } catch (MalformedException e) {
      throw new IllegalStateException("the entry at " + stamped.offset(), e);
    }
  }

  private void changes(Write write, Entry.Stamped stamped, Map<Cid, Long> uses, Instant lease)
      throws MalformedException {
    Fields detail = Fields.of(stamped.entry().detail(), "an entry");
    Instant at = at(stamped);
    switch (stamped.entry().kind()) {
      case PUT -> put(write, detail, lease);
      case PINNED ->
          Pins.add(
              write,
              new Pins.Pin(
                  detail.requiredText("by"),
                  detail.requiredLink("cid"),
                  at,
                  detail.text("note").orElse("")));
      case UNPINNED -> Pins.remove(write, detail.requiredText("by"), detail.requiredLink("cid"));
      case RENEWED -> renewed(write, detail, lease);
      case COLLECTED -> collected(write, detail);
      case SEEN ->
          write.put(
              Table.TOKENS,
              detail.requiredLink("token").bytes(),
              detail.requiredBytes("claims").value());
      case GRANTED -> {
        String by = detail.requiredText("by");
        for (Cid readable : Rows.links(detail, "readable")) {
          graph.grant(write, by, readable);
        }
      }
      case REVOKED ->
          write.put(
              Table.REVOKED,
              detail.requiredLink("token").bytes(),
              Cbor.encode(stamped.entry().detail()));
      case SECRET -> SecretBook.apply(write, detail, at);
      case REF, HALTED -> ref(write, stamped.offset(), detail, at);
      case PLACED, SERVICE -> ServiceBook.apply(write, stamped.entry().detail(), at);
      case USED ->
          // Callers at once may be written down in another order than they were counted.
          uses.merge(
              detail.requiredLink("token"),
              detail.requiredNumber("count", 0, Long.MAX_VALUE),
              Math::max);
      case TAKEN -> taken(write, stamped.offset(), detail, at);
      case NOTHING -> nothing(write, stamped.offset(), detail, at);
      case BEGUN -> begun(write, stamped.offset(), detail, at);
      case ENDED -> {
        answered(write, stamped.offset(), detail, at, lease);
        write.delete(Table.CALLS, Keys.open(detail.requiredLink("call")));
        // A receipt's links count to what came with it, whatever else that links to.
        Predicate<Cid> hidden = Hidden.read(detail);
        List<Cid> readable = Rows.links(detail, "readable");
        for (Cid stored : readable) {
          graph.add(write, stored, link -> hidden.test(link) && !readable.contains(link));
        }
        Optional<Cid> key = detail.link("key");
        if (key.isPresent()) {
          write.put(Table.RECEIPTS, key.get().bytes(), detail.requiredLink("receipt").bytes());
        }
      }
      case SAME ->
          write.put(
              Table.CALLS,
              Keys.identity(detail.requiredLink("identity"), detail.requiredLink("same")),
              identified(
                  detail.requiredLink("call"), detail.requiredNumber("until", 0, Long.MAX_VALUE)));
      case UNDONE -> {
        Cid call = detail.requiredLink("call");
        write.delete(Table.CALLS, Keys.call(call));
        write.delete(Table.CALLS, Keys.open(call));
        write.delete(Table.CALLS, Keys.identity(detail.requiredLink("identity"), call));
      }
      case ANSWERED -> {
        answered(write, stamped.offset(), detail, at, lease);
        write.delete(Table.CALLS, Keys.open(detail.requiredLink("call")));
      }
      case STARTED, DISAGREED, CALLED, DENIED, TARGET -> {} // to be read in the journal
    }
  }

  private void collected(Write write, Fields detail) throws MalformedException {
    for (Cid gone : Rows.links(detail, "cids")) {
      graph.remove(write, gone);
      Leases.end(write, gone);
      Reaches.remove(index, write, gone);
    }
    for (Cid key : Rows.links(detail, "keys")) {
      write.delete(Table.RECEIPTS, key.bytes());
    }
  }

  private void put(Write write, Fields detail, Instant lease) throws MalformedException {
    Cid cid = detail.requiredLink("cid");
    Leases.renew(write, cid, lease);
    Reaches.put(write, detail.requiredText("by"), cid, detail.requiredWord("reach", Reach.class));
    Predicate<Cid> hidden = Hidden.read(detail);
    graph.add(write, cid, hidden);
    for (Item sum : detail.array("sums").orElse(List.of())) {
      if (sum instanceof Item.Text(String text)) {
        AlsoKnown.add(write, Multihash.parse(text), cid);
      }
    }
    graph.grant(write, detail.requiredText("by"), cid);
  }

  private static void ref(Write write, long offset, Fields detail, Instant at)
      throws MalformedException {
    Ref ref =
        new Ref(
            detail.requiredText("name"),
            detail.requiredLink("ref"),
            detail.link("base"),
            detail.requiredLink("head"),
            detail.requiredText("by"),
            detail.bool("owner").orElse(false),
            at);
    byte[] row = ref.encode();
    write.put(Table.REFS, Keys.name(ref.name()), row);
    write.put(
        Table.REFS, Keys.identity(ref.identity()), ref.name().getBytes(StandardCharsets.UTF_8));
    write.put(Table.REF_LOG, Keys.log(ref.name(), offset), row);
    ServiceBook.under(write, detail);
  }

  private static void taken(Write write, long offset, Fields detail, Instant at)
      throws MalformedException {
    Cid name = detail.requiredLink("call");
    call(write, offset, unanswered(offset, detail, at, Optional.empty()));
    write.put(Table.CALLS, Keys.open(name), NOTHING);
  }

  private static void nothing(Write write, long offset, Fields detail, Instant at)
      throws MalformedException {
    call(
        write,
        offset,
        unanswered(offset, detail, at, Optional.of(detail.requiredBytes("payload"))));
    write.delete(Table.CALLS, Keys.open(detail.requiredLink("call")));
  }

  private static CallRecord unanswered(
      long offset, Fields detail, Instant at, Optional<Item.Bytes> payload)
      throws MalformedException {
    return new CallRecord(
        offset,
        detail.requiredLink("call"),
        detail.requiredText("by"),
        detail.requiredLink("function"),
        Rows.time(detail, "came"),
        at,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        payload);
  }

  private static void begun(Write write, long offset, Fields detail, Instant at)
      throws MalformedException {
    CallRecord call =
        new CallRecord(
            offset,
            detail.requiredLink("call"),
            detail.requiredText("by"),
            detail.requiredLink("function"),
            Rows.time(detail, "came"),
            at,
            Optional.empty(),
            Optional.of(detail.requiredLink("lost")),
            CallRecord.begun(detail),
            Optional.empty());
    call(write, offset, call);
    write.put(Table.CALLS, Keys.open(call.call()), NOTHING);
    identify(
        write,
        detail.requiredLink("identity"),
        call.call(),
        detail.requiredNumber("until", 0, Long.MAX_VALUE));
  }

  private void answered(Write write, long offset, Fields detail, Instant at, Instant lease)
      throws MalformedException {
    Answered answered = Answered.of(detail);
    CallRecord.End end = new CallRecord.End(answered.receipt(), answered.how());
    call(
        write,
        offset,
        new CallRecord(
            offset,
            answered.call(),
            answered.by(),
            answered.function(),
            answered.came(),
            at,
            Optional.of(end),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
    if (answered.identity().isPresent()) {
      identify(write, answered.identity().get(), answered.call(), answered.until().toEpochMilli());
    }
    for (Cid readable : answered.readable()) {
      graph.grant(write, answered.by(), readable);
    }
    for (Cid readable : answered.readable()) {
      Reaches.ran(write, readable, answered.reach());
    }
    graph.link(write, answered.call(), answered.receipt());
    Leases.renew(write, answered.receipt(), lease);
  }

  private static void call(Write write, long offset, CallRecord call) {
    write.put(Table.CALLS, Keys.call(call.call()), call.encode());
    write.put(Table.CALLS, Keys.by(call.by(), offset), call.call().bytes());
    write.put(Table.CALLS, Keys.by(Keys.ANYBODY, offset), call.call().bytes());
  }

  private static void identify(Write write, Cid identity, Cid call, long until) {
    write.put(Table.CALLS, Keys.identity(identity, call), identified(call, until));
  }

  /// @param call whose receipt answers
  private static byte[] identified(Cid call, long until) {
    return Rows.encode(Item.table().put("call", call).put("until", until));
  }
}
