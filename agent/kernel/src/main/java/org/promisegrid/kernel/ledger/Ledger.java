package org.promisegrid.kernel.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.kernel.index.AlsoKnown;
import org.promisegrid.kernel.index.Graph;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.index.Write;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.kernel.token.Claims;
import org.promisegrid.kernel.token.Token;
import org.promisegrid.sandbox.Cid;

/// Everything the agent knows that isn't content: tokens seen and revoked, refs, uses, calls,
/// results by key, who may read what. A change is told to the [Journal] first; the index follows
/// it, and can be built again from journal and content.
///
/// Methods that change something return when it is as durable as its kind of entry is.
public final class Ledger implements AutoCloseable {

  private static final int MOST_SEEN = 10_000;

  private final Index index;
  private final Graph graph;
  private final Journal journal;
  private final KeepBook keeping;

  /// Tokens that are known to be in the index: most calls come with the same few.
  private final Set<Cid> seen = ConcurrentHashMap.newKeySet();

  private Ledger(Index index, Graph graph, Journal journal) {
    this.index = index;
    this.graph = graph;
    this.journal = journal;
    this.keeping = new KeepBook(index, this::append);
  }

  /// Opens journals.
  @FunctionalInterface
  public interface JournalOpener {
    /// Opens the journal, applying from `appliedUpTo` on.
    Journal open(long appliedUpTo, Journal.Follower follower);
  }

  /// Opens the ledger over an index, catching it up with the journal. Closes the journal at its own
  /// end, not the index.
  public static Ledger open(Index index, Graph graph, JournalOpener opener) {
    return new Ledger(index, graph, opener.open(index.applied(), new Application(index, graph)));
  }

  /// What is kept, for whom and how long.
  public KeepBook keeping() {
    return keeping;
  }

  /// The agent started.
  public void started(String version) {
    append(Entry.Kind.STARTED, Item.table().put("version", version));
  }

  /// `by` stored content.
  ///
  /// @param hidden what it links to and `by` may not read: those links give nobody anything
  public void put(
      String by, Cid cid, long size, Collection<Cid> hidden, Collection<Multihash> sums) {
    Item.TableBuilder detail = Item.table().put("by", by).put("cid", cid).put("size", size);
    Hidden.write(detail, hidden);
    if (!sums.isEmpty()) {
      detail.put("sums", Item.array(sums.stream().map(Multihash::toString).map(Item::of).toList()));
    }
    append(Entry.Kind.PUT, detail);
  }

  /// A valid token was presented that hadn't been before; nothing happens if it had. Its claims are
  /// kept, not its signature: what is written here is no token that anybody could use.
  public void seen(Token token) {
    if (!seen.contains(token.cid()) && claims(token.cid()).isEmpty()) {
      append(
          Entry.Kind.SEEN,
          Item.table()
              .put("token", token.cid())
              .put("claims", Cbor.encode(token.claims().toItem())));
    }
    if (seen.size() < MOST_SEEN) {
      seen.add(token.cid());
    }
  }

  /// `by` revoked a token.
  public void revoked(Cid token, String by) {
    append(Entry.Kind.REVOKED, Item.table().put("token", token).put("by", by));
  }

  /// `by` moved a ref from `base` to `head`. The caller holds whatever keeps another from moving
  /// it.
  ///
  /// @param byOwner whether that is the home's owner, whose bindings may ask for more
  public void moved(
      String name, Cid ref, Optional<Cid> base, Cid head, String by, boolean byOwner) {
    append(
        Entry.Kind.REF,
        Item.table()
            .put("name", name)
            .put("ref", ref)
            .put("base", base.map(Item::of))
            .put("head", head)
            .put("by", by)
            .put("owner", byOwner));
  }

  /// A counted token has now been used `count` times.
  public void used(Cid token, long count) {
    append(Entry.Kind.USED, Item.table().put("token", token).put("count", count));
  }

  /// A run begins that must not be repeated if the agent is killed before its end.
  ///
  /// @param lost the receipt that it has then
  public void begun(Cid call, Cid identity, Cid function, String by, Instant until, Cid lost) {
    append(
        Entry.Kind.BEGUN,
        Item.table()
            .put("call", call)
            .put("identity", identity)
            .put("function", function)
            .put("by", by)
            .put("until", until.toEpochMilli())
            .put("lost", lost));
  }

  /// A run that was said to begin came to nothing before its workload did.
  public void undone(Cid call, Cid identity) {
    append(Entry.Kind.UNDONE, Item.table().put("call", call).put("identity", identity));
  }

  /// Ends a call whose run began and isn't under way any more.
  ///
  /// @return the receipt that it has now
  public Cid lost(CallRecord began) {
    Cid receipt =
        began
            .lost()
            .orElseThrow(() -> new IllegalStateException("no run of it began: " + began.call()));
    ended(
        new Answered(
            began.call(),
            began.by(),
            began.function(),
            receipt,
            Answer.How.RUN,
            Optional.empty(),
            began.at(),
            Set.of(receipt)),
        Optional.empty(),
        List.of());
    return receipt;
  }

  /// Calls whose runs began and have no end.
  public List<CallRecord> begun() {
    List<CallRecord> begun = new ArrayList<>();
    index.scan(
        Table.CALLS,
        Keys.open(),
        (key, _) -> {
          call(Keys.call(key)).ifPresent(begun::add);
          return true;
        });
    return begun;
  }

  /// How a call was answered.
  ///
  /// @param identity what makes another call the same call; absent if nothing does
  /// @param until how long that is remembered
  /// @param readable what the caller was answered with, and may read from now on
  public record Answered(
      Cid call,
      String by,
      Cid function,
      Cid receipt,
      Answer.How how,
      Optional<Cid> identity,
      Instant until,
      Set<Cid> readable) {

    Item.TableBuilder toItem() {
      return Item.table()
          .put("call", call)
          .put("by", by)
          .put("function", function)
          .put("receipt", receipt)
          .put("how", Words.of(how))
          .put("identity", identity.map(Item::of))
          .put("until", until.toEpochMilli())
          .put("readable", Item.array(readable.stream().sorted().map(Item::of).toList()));
    }

    static Answered of(Fields detail) throws MalformedException {
      return new Answered(
          detail.requiredLink("call"),
          detail.requiredText("by"),
          detail.requiredLink("function"),
          detail.requiredLink("receipt"),
          detail.required("how", detail.word("how", Answer.How.class)),
          detail.link("identity"),
          Instant.ofEpochMilli(detail.requiredNumber("until", 0, Long.MAX_VALUE)),
          Set.copyOf(Rows.links(detail, "readable")));
    }
  }

  /// A run ended for the call that began it.
  ///
  /// @param key under which its result is remembered; absent if it isn't
  /// @param hidden what the result links to and the caller may not read: a function can write any
  ///   link, and those give nobody anything
  public void ended(Answered answered, Optional<Cid> key, Collection<Cid> hidden) {
    Item.TableBuilder detail = answered.toItem().put("key", key.map(Item::of));
    Hidden.write(detail, hidden);
    append(Entry.Kind.ENDED, detail);
  }

  /// A call was answered by another's run.
  public void answered(Answered answered) {
    append(Entry.Kind.ANSWERED, answered.toItem());
  }

  /// `by` was answered with content, and may read it from now on.
  public void granted(String by, Set<Cid> readable) {
    append(
        Entry.Kind.GRANTED,
        Item.table()
            .put("by", by)
            .put("readable", Item.array(readable.stream().sorted().map(Item::of).toList())));
  }

  /// Two kept runs of one key gave different results; both are remembered.
  public void disagreed(Cid key, Cid receipt, Cid other) {
    append(
        Entry.Kind.DISAGREED,
        Item.table().put("key", key).put("receipt", receipt).put("other", other));
  }

  /// `by` called a kernel function that changes nothing.
  public void called(Cid call, String by, String function) {
    append(
        Entry.Kind.CALLED, Item.table().put("call", call).put("by", by).put("function", function));
  }

  /// A call was refused.
  public void denied(Cid call, String from, String reason) {
    append(
        Entry.Kind.DENIED, Item.table().put("call", call).put("from", from).put("reason", reason));
  }

  /// A target changed, or a driver told something.
  public void target(String target, String kind, String detail) {
    append(
        Entry.Kind.TARGET,
        Item.table().put("target", target).put("event", kind).put("detail", detail));
  }

  /// What a token that was seen says.
  public Optional<Claims> claims(Cid token) {
    return index.get(Table.TOKENS, token.bytes()).map(Ledger::claims);
  }

  /// Tokens that were seen, by name, after `after`.
  public SequencedMap<Cid, Claims> tokens(Optional<Cid> after, int most) {
    SequencedMap<Cid, Claims> tokens = new LinkedHashMap<>();
    index.scan(
        Table.TOKENS,
        new byte[0],
        after.map(Cid::bytes).orElseGet(() -> new byte[0]),
        (key, row) -> {
          Cid token = Cid.fromBytes(key);
          if (!after.equals(Optional.of(token))) {
            tokens.put(token, claims(row));
          }
          return tokens.size() < most;
        });
    return tokens;
  }

  private static Claims claims(byte[] row) {
    return Rows.read(row, Claims::of);
  }

  public boolean isRevoked(Cid token) {
    return index.get(Table.REVOKED, token.bytes()).isPresent();
  }

  /// How often a counted token was used.
  public long uses(Cid token) {
    return uses(index, token);
  }

  static long uses(Index index, Cid token) {
    return index.get(Table.USES, token.bytes()).map(Ledger::count).orElse(0L);
  }

  static byte[] count(long count) {
    return ByteBuffer.allocate(Long.BYTES).putLong(count).array();
  }

  private static long count(byte[] row) {
    return ByteBuffer.wrap(row).getLong();
  }

  /// A ref by its name.
  public Optional<Ref> ref(String name) {
    return index.get(Table.REFS, Keys.name(name)).map(Ref::decode);
  }

  /// A ref by its identity.
  public Optional<Ref> ref(Cid identity) {
    return index
        .get(Table.REFS, Keys.identity(identity))
        .flatMap(name -> ref(new String(name, StandardCharsets.UTF_8)));
  }

  /// Refs whose names begin with `prefix`, after the name `after`.
  public List<Ref> refs(String prefix, Optional<String> after, int most) {
    byte[] from = after.map(name -> Keys.name(name + '\0')).orElseGet(() -> Keys.name(prefix));
    List<Ref> refs = new ArrayList<>();
    index.scan(
        Table.REFS,
        Keys.name(prefix),
        from,
        (key, row) -> {
          refs.add(Ref.decode(row));
          return refs.size() < most;
        });
    return refs;
  }

  /// The heads that a ref has had, newest first.
  public List<Ref> log(String name, int most) {
    List<Ref> heads = new ArrayList<>();
    index.scan(
        Table.REF_LOG,
        Keys.log(name),
        (key, row) -> {
          heads.add(Ref.decode(row));
          return heads.size() < most;
        });
    return heads;
  }

  /// The receipt under which the result of a pure function is remembered.
  public Optional<Cid> result(Cid key) {
    return index.get(Table.RECEIPTS, key.bytes()).map(Cid::fromBytes);
  }

  /// A call that was taken on.
  public Optional<CallRecord> call(Cid call) {
    return index.get(Table.CALLS, Keys.call(call)).map(CallRecord::decode);
  }

  /// The call that was taken on with this identity, if it is still remembered at `now`.
  public Optional<CallRecord> sameCall(Cid identity, Instant now) {
    return index
        .get(Table.CALLS, Keys.identity(identity))
        .flatMap(row ->
            Rows.fields(
                row,
                table ->
                    now.toEpochMilli() < table.requiredNumber("until", 0, Long.MAX_VALUE)
                        ? call(table.requiredLink("call"))
                        : Optional.empty()));
  }

  /// Calls that a principal made, or anybody, newest first.
  ///
  /// @param by empty for anybody
  /// @param before only calls older than the one at this offset
  public List<CallRecord> calls(Optional<String> by, OptionalLong before, int most) {
    List<CallRecord> calls = new ArrayList<>();
    byte[] prefix = Keys.by(by.orElse(Keys.ANYBODY));
    index.scan(
        Table.CALLS,
        prefix,
        before.isPresent() ? Keys.by(by.orElse(Keys.ANYBODY), before.getAsLong() - 1) : prefix,
        (key, row) -> {
          // A call that began and ended has two entries; it is listed by the later one.
          call(Cid.fromBytes(row))
              .filter(call -> call.offset() == Keys.offset(key))
              .ifPresent(calls::add);
          return calls.size() < most;
        });
    return calls;
  }

  /// Keeps what was learned of targets, by its keys. It stands in no journal: losing it costs time,
  /// not truth.
  public void learned(Map<String, Item> knowledge) {
    Write write = index.write();
    knowledge.forEach((key, item) ->
        write.put(Table.LEARNED, key.getBytes(StandardCharsets.UTF_8), Cbor.encode(item)));
    write.commit();
  }

  /// What was last learned.
  public Map<String, Item> learned() {
    Map<String, Item> knowledge = new LinkedHashMap<>();
    index.scan(
        Table.LEARNED,
        new byte[0],
        (key, row) -> {
          knowledge.put(new String(key, StandardCharsets.UTF_8), Rows.item(row));
          return true;
        });
    return knowledge;
  }

  /// Content by another hash of it.
  public Optional<Cid> alsoKnown(Multihash hash) {
    return AlsoKnown.find(index, hash);
  }

  public Graph graph() {
    return graph;
  }

  /// Entries of the journal from an offset on; see [Journal#read].
  public Journal.Page entries(long offset, int most) {
    return journal.read(offset, most);
  }

  /// The offset of the journal's newest entry, 0 if there is none.
  public long last() {
    return journal.last();
  }

  /// Where the journal's next entry will begin.
  public long end() {
    return journal.end();
  }

  /// Whether nothing will be added to the journal any more.
  public boolean isClosed() {
    return journal.isClosed();
  }

  /// Waits for the journal to go beyond an offset; see [Journal#await].
  public boolean await(long offset, Duration atMost) throws InterruptedException {
    return journal.await(offset, atMost);
  }

  @Override
  public void close() {
    journal.close();
  }

  private void append(Entry.Kind kind, Item.TableBuilder detail) {
    journal.append(new Entry(kind, detail.build()));
  }
}
