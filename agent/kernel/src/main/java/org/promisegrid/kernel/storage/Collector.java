package org.promisegrid.kernel.storage;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.index.Reckoning;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.kernel.storage.Marking.Why;
import org.promisegrid.sandbox.Cid;

/// Removes content that nobody needs, one collection at a time, while everything else goes on.
///
/// What is needed is found first ([Marking]), then the rest goes ([Sweep]). Whoever puts, names or
/// is answered with content meanwhile holds it ([org.promisegrid.kernel.content.Holds]), which
/// counts as needing it. A collection that ends early, however it does, has removed nothing that is
/// needed; the next one goes on.
public final class Collector {

  private static final System.Logger LOG = System.getLogger(Collector.class.getName());

  private final Ledger ledger;
  private final ContentStore content;
  private final Storage storage;
  private final InstantSource clock;
  private final Runnable between;

  public Collector(Ledger ledger, ContentStore content, Storage storage, InstantSource clock) {
    this(ledger, content, storage, clock, () -> {});
  }

  /// @param between is run before each batch is removed
  Collector(
      Ledger ledger, ContentStore content, Storage storage, InstantSource clock, Runnable between) {
    this.ledger = ledger;
    this.content = content;
    this.storage = storage;
    this.clock = clock;
    this.between = between;
  }

  /// How much content.
  public record Count(long contents, long bytes) {
    static final Count NONE = new Count(0, 0);

    Count plus(long more) {
      return new Count(contents + 1, bytes + more);
    }
  }

  /// Content that would go.
  public record Gone(Cid cid, long size, String kind, String why) {}

  /// What would go.
  ///
  /// @param why how much of it, by reason
  /// @param kept what would stay
  /// @param first some of it
  public record Plan(Count all, Map<String, Count> why, Count kept, List<Gone> first) {
    public Plan {
      why = Map.copyOf(why);
      first = List.copyOf(first);
    }
  }

  /// What went.
  ///
  /// @param compacted whether the disk has all of the room back already
  public record Done(Count removed, boolean compacted, Duration took) {}

  /// Tells what would go now; empty while a collection is under way.
  ///
  /// @param most how many are named
  public Optional<Plan> plan(int most) throws InterruptedException, UnreadException {
    Marking marking = marking(clock.instant(), () -> Thread.currentThread().isInterrupted());
    if (!begin(marking)) {
      return Optional.empty();
    }
    try {
      marking.mark();
      return Optional.of(plan(marking, most));
    } finally {
      content.holds().end();
    }
  }

  private boolean begin(Marking marking) {
    return content.holds().begin(new Holds.Busy("a collection", clock.instant()), marking::held);
  }

  /// For a person: what is under way that no collection may come between.
  public String underWay() {
    return content.holds().busy().map(Holds.Busy::toString).orElse("a collection was under way");
  }

  private Plan plan(Marking marking, int most) throws InterruptedException {
    Map<Why, Count> why = new EnumMap<>(Why.class);
    List<Gone> first = new ArrayList<>();
    Count[] sums = {Count.NONE, Count.NONE};
    for (int part = 0; part < 256; part++) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      var _ =
          content.visit(
              (byte) part,
              (cid, size) -> {
                if (marking.isNeeded(cid)) {
                  sums[1] = sums[1].plus(size);
                  return true;
                }
                Why reason = marking.why(cid);
                sums[0] = sums[0].plus(size);
                why.merge(reason, Count.NONE.plus(size), (sum, _) -> sum.plus(size));
                if (first.size() < most) {
                  first.add(new Gone(cid, size, ledger.graph().kind(cid), word(reason)));
                }
                return true;
              });
    }
    Map<String, Count> words = new TreeMap<>();
    why.forEach((reason, count) -> words.put(word(reason), count));
    return new Plan(sums[0], words, sums[1], first);
  }

  private static String word(Why why) {
    return Words.of(why);
  }

  /// Removes what nobody needs; empty if a collection is under way.
  ///
  /// @param call what asked for it; empty where the agent does it by itself
  /// @throws InterruptedException if whoever asked has left: what is gone by then is gone
  public Optional<Done> collect(Optional<Cid> call) throws InterruptedException, UnreadException {
    return collect(call, clock.instant());
  }

  /// The same, by what the clock said at a time that the caller knows to be right.
  Optional<Done> collect(Optional<Cid> call, Instant now)
      throws InterruptedException, UnreadException {
    AtomicBoolean left = new AtomicBoolean();
    // On a thread of its own: an interrupt in the midst of it would close files that it writes to,
    // and compacting holds whichever thread it is on.
    FutureTask<Optional<Done>> task = new FutureTask<>(() -> collect(call, now, left::get));
    Thread.ofPlatform().name("collection").daemon().start(task);
    while (true) {
      try {
        Optional<Done> done = task.get();
        if (left.get()) {
          throw new InterruptedException();
        }
        return done;
      } catch (InterruptedException e) {
        if (left.getAndSet(true)) {
          throw e;
        }
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case UnreadException unread -> throw unread;
          case InterruptedException interrupted -> throw interrupted;
          case StorageException storageException -> throw storageException;
          case JournalException journal -> throw journal;
          case null, default -> throw new IllegalStateException("collecting failed", e.getCause());
        }
      }
    }
  }

  private Optional<Done> collect(Optional<Cid> call, Instant now, BooleanSupplier left)
      throws InterruptedException, UnreadException {
    long began = System.nanoTime();
    Marking marking = marking(now, left);
    if (!begin(marking)) {
      return Optional.empty();
    }
    try {
      leaseAnew(now);
      marking.mark();
      Sweep sweep = new Sweep(ledger, content, marking, call, left, between);
      for (int part = 0; part < 256; part++) {
        List<Cid> garbage = new ArrayList<>();
        var _ = content.visit((byte) part, (cid, _) -> marking.isNeeded(cid) || garbage.add(cid));
        sweep.remove(garbage);
      }
      // By itself the agent copies all that is small only where that is worth it.
      boolean wanted = call.isEmpty() || sweep.contents() > 0;
      boolean compacted = wanted ? compact(left, call.isPresent(), sweep) : sweep.contents() == 0;
      return Optional.of(
          new Done(
              new Count(sweep.contents(), sweep.bytes()),
              compacted,
              Duration.ofNanos(System.nanoTime() - began)));
    } finally {
      content.holds().end();
    }
  }

  /// Leases that were given by a clock that was far ahead begin anew: else they would never end.
  private void leaseAnew(Instant now) {
    Reckoning reckoning = ledger.keeping().reckoning();
    if (!reckoning.after(now.toEpochMilli()).isSettled() || ledger.isLow()) {
      return;
    }
    Instant possible = reckoning.lease(now).plus(Reckoning.USUAL);
    List<Cid> ahead = new ArrayList<>();
    ledger
        .keeping()
        .leases((cid, last) -> {
          if (last.isAfter(possible)) {
            ahead.add(cid);
          }
        });
    ledger.keeping().renewed(ahead);
  }

  private boolean compact(BooleanSupplier left, boolean asked, Sweep sweep) {
    try {
      if (asked || content.isWorthCompacting()) {
        return content.compact(left);
      }
      return sweep.contents() == 0;
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.EXHAUSTED) {
        throw e;
      }
      LOG.log(System.Logger.Level.WARNING, "no room to compact what is left", e);
      return false;
    }
  }

  private Marking marking(Instant now, BooleanSupplier left) {
    return new Marking(
        ledger.keeping(),
        ledger.graph(),
        content,
        now,
        storage.lease(),
        storage.results().of(content.room().total()),
        left);
  }
}
