package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Target;

/// What calls take and how often promises are kept: shipped by drivers, corrected by measuring,
/// then learned from runs; `docs/adr` shows the arithmetic.
///
/// Three kinds of evidence are held: of an artifact on a target (cold and warm apart), of a target,
/// of a function. What the driver is to blame for counts against the target, what the workload is
/// to blame for counts against the function, wherever it ran. Held entries are bounded; the least
/// recently used goes first. Safe for many threads.
public final class Learning {

  /// Entries held unless told otherwise: some 150 bytes each.
  public static final int ENTRIES = 8192;

  /// Evidence of a week ago counts half.
  public static final Duration HALF_LIFE = Duration.ofDays(7);

  /// Taken of a target or a function nothing is known of: 99 of 100 promises are kept.
  private static final int PRIOR = 990_000;

  /// The prior of a target or a function weighs like ten calls, that of an artifact on a target
  /// (the target's own probability) like four.
  private static final long PRIOR_WEIGHT = 10;

  private static final long TARGET_WEIGHT = 4;

  private final InstantSource clock;
  private final long halfLife;
  private final Map<String, Evidence> held;
  private final Map<String, Correction> corrections = new HashMap<>();

  public Learning(InstantSource clock) {
    this(clock, ENTRIES, HALF_LIFE);
  }

  /// @param entries the most that are held
  /// @param halfLife after which evidence counts half
  public Learning(InstantSource clock, int entries, Duration halfLife) {
    if (entries < 1 || halfLife.toMillis() < 1) {
      throw new IllegalArgumentException("learning needs room and a half-life");
    }
    this.clock = clock;
    this.halfLife = halfLife.toMillis();
    this.held =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Evidence> eldest) {
            return size() > entries;
          }
        };
  }

  /// One entry, to be stored: its key, and what [#restore] reads.
  public record Saved(String key, Item item) {}

  /// All that is held, least recently used first.
  public synchronized List<Saved> snapshot() {
    List<Saved> all = new ArrayList<>(held.size());
    held.forEach((key, evidence) -> all.add(new Saved(key, evidence.toItem())));
    return all;
  }

  /// Takes back what [#snapshot] gave; what can't be read is left out.
  ///
  /// @return how many were left out
  public synchronized int restore(Iterable<Saved> saved) {
    int unread = 0;
    for (Saved entry : saved) {
      Optional<Evidence> evidence = Evidence.fromItem(entry.item());
      if (evidence.isPresent()) {
        held.put(entry.key(), evidence.get());
      } else {
        unread++;
      }
    }
    return unread;
  }

  /// What a call of `artifact` is expected to take if `target` keeps `offer`.
  synchronized Estimate estimate(Cid artifact, Target target, Offer offer) {
    long now = clock.millis();
    Expectation shipped = offer.expected();
    Optional<Correction> correction =
        Optional.ofNullable(corrections.get(flavour(target, offer.warm())));
    long setup = Exact.nanos(shipped.setup());
    long run = Exact.nanos(shipped.run());
    if (correction.isPresent()) {
      setup = correction.get().setup().apply(setup);
      run = correction.get().run().apply(run);
    }
    Evidence seen = seen(run(artifact, target, offer.warm()), now);
    // Cold or warm, once started the workload is the same: what the other flavour's runs took is
    // this one's prior, all but the time to start.
    Evidence other = seen(run(artifact, target, !offer.warm()), now);
    long cpu = Exact.mix(run, Evidence.ONE, other.cpu(), other.weight());
    long memory = Exact.mix(0, Evidence.ONE, other.memory(), other.weight());
    run = Exact.mix(run, Evidence.ONE, other.run(), other.weight());
    int kept = seen.probability(probability(target, now), TARGET_WEIGHT);
    int working = seen(function(artifact), now).probability(PRIOR, PRIOR_WEIGHT);
    Basis basis =
        Math.max(seen.weight(), other.weight()) >= Evidence.ONE / 2
            ? Basis.LEARNED
            : correction.isPresent() ? Basis.MEASURED : Basis.ASSUMED;
    // The prior weighs like one call: the second call of an artifact already rests on the first.
    return new Estimate(
        Exact.mix(setup, Evidence.ONE, seen.setup(), seen.weight()),
        Exact.mix(run, Evidence.ONE, seen.run(), seen.weight()),
        Exact.mix(cpu, Evidence.ONE, seen.cpu(), seen.weight()),
        Exact.add(
            Math.max(0, shipped.memory()),
            Exact.mix(memory, Evidence.ONE, seen.memory(), seen.weight())),
        Math.max(0, shipped.moved()),
        0,
        (int) Math.max(1, (long) kept * working / Evidence.MILLION),
        basis);
  }

  /// The target ran the artifact to an end of the workload's own making.
  ///
  /// @param kept whether the function kept its promise
  synchronized void ran(Cid artifact, Target target, boolean warm, Took took, boolean kept) {
    long now = clock.millis();
    String key = run(artifact, target, warm);
    held.put(key, seen(key, now).with(took).with(true));
    note(target(target), true, now);
    note(function(artifact), kept, now);
  }

  /// The target failed to run the artifact, or lost it.
  synchronized void failed(Cid artifact, Target target, boolean warm) {
    long now = clock.millis();
    note(run(artifact, target, warm), false, now);
    note(target(target), false, now);
  }

  /// The target failed to run its own sample.
  synchronized void failed(Target target) {
    note(target(target), false, clock.millis());
  }

  /// The target ran its own sample, expected to take `expected`.
  synchronized void measured(Target target, boolean warm, Expectation expected, Took took) {
    corrections.put(
        flavour(target, warm),
        new Correction(
            Line.through(Exact.nanos(expected.setup()), took.setup()),
            Line.through(Exact.nanos(expected.run()), took.cpu())));
  }

  /// How what the driver expects is corrected by what was measured.
  private record Correction(Line setup, Line run) {}

  /// `x * factor / 1,000,000 + offset`.
  private record Line(long factor, long offset) {

    /// A thousandth to a thousandfold: a driver that is wrong by more has told nothing.
    private static final long LEAST = 1_000;

    private static final long MOST = 1_000_000_000;

    /// By the ratio of measured to expected; where nothing was expected, by the difference.
    static Line through(long expected, long measured) {
      return expected == 0
          ? new Line(Evidence.MILLION, measured)
          : new Line(Math.clamp(Exact.scale(measured, Evidence.MILLION, expected), LEAST, MOST), 0);
    }

    long apply(long value) {
      return Exact.add(Exact.scale(value, factor, Evidence.MILLION), offset);
    }
  }

  private int probability(Target target, long now) {
    return seen(target(target), now).probability(PRIOR, PRIOR_WEIGHT);
  }

  private void note(String key, boolean kept, long now) {
    held.put(key, seen(key, now).with(kept));
  }

  private Evidence seen(String key, long now) {
    Evidence evidence = held.get(key);
    return evidence == null ? Evidence.none(now) : evidence.faded(now, halfLife);
  }

  private static String run(Cid artifact, Target target, boolean warm) {
    return "run " + artifact + ' ' + flavour(target, warm);
  }

  private static String target(Target target) {
    return "target " + target;
  }

  private static String function(Cid artifact) {
    return "function " + artifact;
  }

  private static String flavour(Target target, boolean warm) {
    return (warm ? "warm " : "cold ") + target;
  }
}
