package org.promisegrid.kernel.storage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.index.Graph;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.sandbox.Cid;

/// Removes what isn't needed, a batch at a time, while everything else goes on.
///
/// What links to something goes before it. So whoever names content that is still here, in the
/// midst of a collection, finds all that it links to here as well, and keeps it. Of one thread.
final class Sweep {

  /// How much goes at once: nobody can put or name content meanwhile, and one entry in the journal
  /// is forced for it.
  static final int BATCH = 64;

  private static final int STEPS = 4096;

  private final Ledger ledger;
  private final ContentStore content;
  private final Marking marking;
  private final Receipts receipts;
  private final Optional<Cid> call;
  private final BooleanSupplier left;
  private final Runnable between;

  /// What is to go, each behind what it waits for.
  private final Deque<Waiting> waiting = new ArrayDeque<>();

  private long contents;
  private long bytes;

  /// @param call what asked for it; empty where the agent does it by itself
  /// @param left whether nobody waits for it any more
  /// @param between is run before each batch
  Sweep(
      Ledger ledger,
      ContentStore content,
      Marking marking,
      Optional<Cid> call,
      BooleanSupplier left,
      Runnable between) {
    this.ledger = ledger;
    this.content = content;
    this.marking = marking;
    this.receipts = new Receipts(content);
    this.call = call;
    this.left = left;
    this.between = between;
  }

  /// Content that is to go, once all that links to it has been looked at, from a row on. Nobody
  /// compares them.
  @SuppressWarnings("ArrayRecordComponent")
  private record Waiting(Cid cid, byte[] from) {}

  /// Removes them, and what links to them; those that are needed by now stay.
  void remove(List<Cid> garbage) throws InterruptedException, UnreadException {
    garbage.forEach(cid -> waiting.addLast(new Waiting(cid, new byte[0])));
    while (!waiting.isEmpty()) {
      if (left.getAsBoolean()) {
        throw new InterruptedException();
      }
      between.run();
      // Most of it, while others still may hold more.
      marking.traceHeld();
      content.holds().alone(this::batch);
    }
  }

  private void batch(Predicate<Cid> held) throws UnreadException {
    marking.traceHeld();
    Set<Cid> going = new LinkedHashSet<>();
    long size = 0;
    for (int step = 0; step < STEPS && going.size() < BATCH && !waiting.isEmpty(); step++) {
      Waiting first = waiting.removeFirst();
      OptionalLong extent = content.extent(first.cid());
      if (extent.isEmpty() || held.test(first.cid()) || marking.isNeeded(first.cid())) {
        continue;
      }
      Optional<Graph.Linking> linking =
          ledger
              .graph()
              .linking(
                  first.cid(),
                  first.from(),
                  it -> !going.contains(it) && !marking.isNeeded(it) && content.has(it));
      if (linking.isPresent()) {
        waiting.addFirst(new Waiting(first.cid(), linking.get().row()));
        waiting.addFirst(new Waiting(linking.get().from(), new byte[0]));
      } else if (going.add(first.cid())) {
        size += extent.getAsLong();
      }
    }
    if (!going.isEmpty()) {
      remove(going, size);
    }
  }

  private void remove(Set<Cid> going, long size) {
    List<Cid> keys = new ArrayList<>();
    for (Cid cid : going) {
      if (ledger.graph().kind(cid).equals("receipt")) {
        receipts
            .read(cid)
            .map(Receipt::body)
            .map(Receipt.Body::key)
            .filter(key -> ledger.calls().result(key).equals(Optional.of(cid)))
            .ifPresent(keys::add);
      }
    }
    // Said before it is done: nothing ever goes of which the journal doesn't say why.
    ledger.keeping().collected(call, going, size, keys);
    content.remove(List.copyOf(going));
    ledger.graph().removed(going);
    contents += going.size();
    bytes += size;
  }

  /// How much content went.
  long contents() {
    return contents;
  }

  /// How many bytes it had.
  long bytes() {
    return bytes;
  }
}
