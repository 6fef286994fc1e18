package org.promisegrid.kernel.storage;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.index.Graph;
import org.promisegrid.kernel.ledger.KeepBook;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.sandbox.Cid;

/// Finds what is needed: what is pinned, what refs point to, what good tokens name, what is held,
/// what was put or used within its lease, and all that is reached from there; and receipts with
/// their results, as long as those fit into their budget.
///
/// A receipt that is remembered keeps what the run wrote, not what it read: equal calls name that
/// themselves. Of one thread, but for [#held].
final class Marking {

  /// What was just answered can still be got, whatever the budget says.
  private static final Duration RECENT = Duration.ofHours(1);

  private static final long BUCKET = Duration.ofMinutes(1).toMillis();

  private final KeepBook keeping;
  private final Graph graph;
  private final ContentStore content;
  private final Receipts receipts;
  private final Instant now;
  private final Instant leased;
  private final long budget;
  private final BooleanSupplier left;

  /// Kept with all that it links to.
  private final Marks whole = new Marks();

  /// Receipts that are kept for the sake of their results.
  private final Marks alone = new Marks();

  /// Receipts by which results are remembered.
  private final Marks remembered = new Marks();

  private final Pending pending = new Pending();
  private final Queue<Cid> held = new ConcurrentLinkedQueue<>();

  /// @param now by the agent's clock
  /// @param lease how long content stays after its last use
  /// @param budget of results, in bytes
  /// @param left whether nobody waits for it any more
  Marking(
      KeepBook keeping,
      Graph graph,
      ContentStore content,
      Instant now,
      Duration lease,
      long budget,
      BooleanSupplier left) {
    this.keeping = keeping;
    this.graph = graph;
    this.content = content;
    this.receipts = new Receipts(content);
    this.now = now;
    this.leased = now.minus(lease);
    this.budget = budget;
    this.left = left;
  }

  /// Somebody holds content from now on. Safe for many threads.
  void held(Cid cid) {
    held.add(cid);
  }

  /// Marks all that is needed.
  ///
  /// @throws UnreadException if content is needed whose links aren't known
  void mark() throws InterruptedException, UnreadException {
    keeping.roots(now, pending::push);
    trace();
    orLeave();
    keeping.leases((cid, last) -> {
      if (!last.isBefore(leased) && !isReceipt(cid)) {
        pending.push(cid);
      }
    });
    trace();
    orLeave();
    keeping.results((_, receipt) -> {
      var _ = remembered.add(receipt);
    });
    keeping.awaited(now, this::keep);
    markResults();
    orLeave();
    trace();
    traceHeld();
  }

  private void orLeave() throws InterruptedException {
    if (left.getAsBoolean()) {
      throw new InterruptedException();
    }
  }

  /// Newest first, as many as the budget has room for. Two looks at each instead of a list of all.
  private void markResults() {
    TreeMap<Long, Long> sizes = new TreeMap<>();
    keeping.leases((cid, last) -> {
      if (isCandidate(cid, last)) {
        sizes.merge(bucket(last), receipts.weight(cid), Long::sum);
      }
    });
    long oldest = Long.MAX_VALUE;
    long taken = 0;
    for (Map.Entry<Long, Long> bucket : sizes.descendingMap().entrySet()) {
      taken += bucket.getValue();
      if (taken > budget && bucket.getKey() < bucket(now.minus(RECENT))) {
        break;
      }
      oldest = bucket.getKey();
    }
    long from = oldest;
    keeping.leases((cid, last) -> {
      if (isCandidate(cid, last) && bucket(last) >= from) {
        keep(cid);
      }
    });
  }

  private boolean isCandidate(Cid cid, Instant last) {
    return isReceipt(cid)
        && !whole.contains(cid)
        && (!last.isBefore(leased) || remembered.contains(cid));
  }

  private static long bucket(Instant at) {
    return Math.floorDiv(at.toEpochMilli(), BUCKET);
  }

  /// Keeps a receipt, and all of what its run wrote.
  private void keep(Cid receipt) {
    if (alone.add(receipt)) {
      Optional<Receipt> read = receipts.read(receipt);
      read.flatMap(it -> it.body().result()).map(Receipt.Result::cid).ifPresent(pending::push);
      read.flatMap(it -> it.body().explain()).ifPresent(pending::push);
    }
  }

  private boolean isReceipt(Cid cid) {
    return graph.kind(cid).equals("receipt");
  }

  /// Marks what is held, and what is reached from there: what has come since this was last called.
  void traceHeld() throws UnreadException {
    for (Cid cid = held.poll(); cid != null; cid = held.poll()) {
      pending.push(cid);
      trace();
    }
  }

  private void trace() throws UnreadException {
    Optional<Cid> next = pending.pop();
    while (next.isPresent()) {
      Cid cid = next.get();
      if (whole.add(cid)) {
        if (graph.isUnread(cid) && content.has(cid) && !graph.reread(cid)) {
          throw new UnreadException(cid);
        }
        graph.links(cid, pending::push);
      }
      next = pending.pop();
    }
  }

  /// Whether content is needed, as far as that is known by now.
  boolean isNeeded(Cid cid) {
    return whole.contains(cid) || alone.contains(cid);
  }

  /// Why content isn't needed.
  Why why(Cid cid) {
    if (remembered.contains(cid)) {
      return Why.BUDGET;
    }
    return keeping.lastUse(cid).isPresent() ? Why.LEASE : Why.UNNAMED;
  }

  /// Why content goes.
  enum Why {
    /// Its lease is over.
    LEASE,
    /// It is a remembered result, and others were used later.
    BUDGET,
    /// Nothing that is kept names it.
    UNNAMED
  }
}
