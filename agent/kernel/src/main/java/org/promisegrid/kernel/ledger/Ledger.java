package org.promisegrid.kernel.ledger;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.kernel.index.AlsoKnown;
import org.promisegrid.kernel.index.Graph;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.index.Write;
import org.promisegrid.kernel.journal.Audit;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.sandbox.Cid;

/// Everything the agent knows that isn't content: tokens seen and revoked, refs, uses, calls,
/// results by key, who may read what. A change is told to the [Journal] first; the index follows
/// it, and can be built again from journal and content.
///
/// Methods that change something return when it is as durable as its kind of entry is.
public final class Ledger implements AutoCloseable {

  private final Index index;
  private final Graph graph;
  private final Journal journal;
  private final TokenBook tokens;
  private final RefBook refs;
  private final CallBook calls;
  private final SecretBook secrets;
  private final KeepBook keeping;
  private final ServiceBook services;

  private Ledger(Index index, Graph graph, Journal journal, Application application) {
    this.index = index;
    this.graph = graph;
    this.journal = journal;
    this.tokens = new TokenBook(index, this::append, journal::isLow);
    this.refs = new RefBook(index, this::append);
    this.calls = new CallBook(index, this::append);
    this.secrets = new SecretBook(index, this::append);
    this.keeping = new KeepBook(index, application::reckoning, this::append);
    this.services = new ServiceBook(index, this::append);
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
    Application application = new Application(index, graph);
    Journal journal = opener.open(index.applied(), application);
    try {
      graph.settle();
    } catch (RuntimeException e) {
      journal.close();
      throw e;
    }
    return new Ledger(index, graph, journal, application);
  }

  /// Tokens that were presented.
  public TokenBook tokens() {
    return tokens;
  }

  /// Names and what they point to.
  public RefBook refs() {
    return refs;
  }

  /// Calls that were taken on.
  public CallBook calls() {
    return calls;
  }

  /// Secrets, by name.
  public SecretBook secrets() {
    return secrets;
  }

  /// What is kept, for whom and how long.
  public KeepBook keeping() {
    return keeping;
  }

  /// What was done for services.
  public ServiceBook services() {
    return services;
  }

  /// The agent started.
  public void started(String version) {
    append(Entry.Kind.STARTED, Item.table().put("version", version));
  }

  /// `by` stored content.
  ///
  /// @param reach how far `by` lets it travel
  /// @param hidden what it links to and `by` may not read: those links give nobody anything
  public void put(
      String by,
      Cid cid,
      long size,
      Reach reach,
      Collection<Cid> hidden,
      Collection<Multihash> sums) {
    Item.TableBuilder detail =
        Item.table().put("by", by).put("cid", cid).put("size", size).put("reach", Words.of(reach));
    Hidden.write(detail, hidden);
    if (!sums.isEmpty()) {
      detail.put("sums", Item.array(sums.stream().map(Multihash::toString).map(Item::of).toList()));
    }
    append(Entry.Kind.PUT, detail);
  }

  /// `by` was answered with content, and may read it from now on.
  public void granted(String by, Set<Cid> readable) {
    append(
        Entry.Kind.GRANTED,
        Item.table()
            .put("by", by)
            .put("readable", Item.array(readable.stream().sorted().map(Item::of).toList())));
  }

  /// `by` called a kernel function that changes nothing.
  public void called(Cid call, String by, String function) {
    append(
        Entry.Kind.CALLED, Item.table().put("call", call).put("by", by).put("function", function));
  }

  /// A call was refused.
  ///
  /// @param by absent for strangers
  /// @param more how many alike were refused before, and not written down
  public void denied(Cid call, String from, String reason, Optional<String> by, long more) {
    Item.TableBuilder detail =
        Item.table()
            .put("call", call)
            .put("from", from)
            .put("reason", reason)
            .put("by", by.map(Item::of));
    if (more > 0) {
      detail.put("more", more);
    }
    append(Entry.Kind.DENIED, detail);
  }

  /// A target changed, or a driver told something.
  public void target(String target, String kind, String detail) {
    append(
        Entry.Kind.TARGET,
        Item.table().put("target", target).put("event", kind).put("detail", detail));
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

  /// Verifies the journal; see [Journal#audit].
  public Audit.Found audit(Optional<Audit.Noted> noted) {
    return journal.audit(noted);
  }

  /// The offset of the journal's newest entry, 0 if there is none.
  public long last() {
    return journal.last();
  }

  /// Brings all that was written to the disk.
  public void flush() {
    journal.flush();
  }

  /// Where the journal's next entry will begin.
  public long end() {
    return journal.end();
  }

  /// Where the segments of the journal begin.
  public SortedSet<Long> segments() {
    return journal.segments();
  }

  /// Whether nothing will be added to the journal any more.
  public boolean isClosed() {
    return journal.isClosed();
  }

  /// Whether nothing can be acknowledged any more; see [Journal#hasFailed].
  public boolean hasFailed() {
    return journal.hasFailed();
  }

  /// Whether the disk has room only for what must go on; see [Journal#isLow].
  public boolean isLow() {
    return journal.isLow();
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
