package org.promisegrid.kernel.dispatch;

import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;

/// What was seen of one thing (an artifact on a target, a target, a function), fading with time.
///
/// Weights are in thousandths of an observation. Evidence fades with a half-life: a weight `w` that
/// is `n` half-lives and a rest `r` of one (`0 ≤ r < H`) old counts `w / 2^n * (2H - r) / 2H`,
/// which is exact at whole half-lives and a straight line between.
///
/// @param setup mean time to start, in nanoseconds
/// @param run mean time from start to end
/// @param cpu mean processor time
/// @param memory mean peak of memory, in bytes
/// @param weight what the means weigh, at `at`
/// @param kept weight of the promises that were kept
/// @param failed weight of those that weren't
/// @param at when this was last brought up to date, in milliseconds since the epoch
record Evidence(
    long setup, long run, long cpu, long memory, long weight, long kept, long failed, long at) {

  /// The weight of one observation.
  static final long ONE = 1000;

  static final long MILLION = 1_000_000;

  /// A mean weighs at most as much as this many observations, so that each new one moves it by at
  /// least a sixteenth of its distance.
  private static final long HEAVIEST_MEAN = 16 * ONE;

  /// Kept and failed together weigh at most this: a target that goes bad is noticed after tens of
  /// calls, however long it was good.
  private static final long HEAVIEST_RECORD = 200 * ONE;

  private static final int FIELDS = 8;

  static Evidence none(long now) {
    return new Evidence(0, 0, 0, 0, 0, 0, 0, now);
  }

  /// The same, seen from `now`.
  Evidence faded(long now, long halfLife) {
    long age = now - at;
    if (age <= 0) {
      return this; // also where the clock was set back: then it fades from its old time on
    }
    return new Evidence(
        setup,
        run,
        cpu,
        memory,
        fade(weight, age, halfLife),
        fade(kept, age, halfLife),
        fade(failed, age, halfLife),
        now);
  }

  /// With one more observation of what a run takes: the means move towards it by its share of the
  /// weight.
  Evidence with(Took took) {
    long before = Math.min(weight, HEAVIEST_MEAN - ONE);
    return new Evidence(
        Exact.mix(setup, before, took.setup(), ONE),
        Exact.mix(run, before, took.run(), ONE),
        Exact.mix(cpu, before, took.cpu(), ONE),
        Exact.mix(memory, before, took.memory(), ONE),
        before + ONE,
        kept,
        failed,
        at);
  }

  /// With one more promise kept or not.
  Evidence with(boolean wasKept) {
    long sum = kept + failed;
    long room = HEAVIEST_RECORD - ONE;
    long keptBefore = sum <= room ? kept : kept * room / sum;
    long failedBefore = sum <= room ? failed : failed * room / sum;
    return new Evidence(
        setup,
        run,
        cpu,
        memory,
        weight,
        keptBefore + (wasKept ? ONE : 0),
        failedBefore + (wasKept ? 0 : ONE),
        at);
  }

  /// The mean of a Beta distribution: the prior probability, in millionths, weighing as much as
  /// `observations`, together with what was seen. At least one millionth, so that one can divide by
  /// it.
  int probability(int prior, long observations) {
    long before = observations * ONE;
    long good = before * prior + kept * MILLION;
    return (int) Math.max(1, good / (before + kept + failed));
  }

  Item toItem() {
    return Item.array(
        Item.of(setup),
        Item.of(run),
        Item.of(cpu),
        Item.of(memory),
        Item.of(weight),
        Item.of(kept),
        Item.of(failed),
        Item.of(at));
  }

  /// Empty if it isn't what [#toItem] wrote.
  static Optional<Evidence> fromItem(Item item) {
    if (!(item instanceof Item.Array(List<Item> items)) || items.size() != FIELDS) {
      return Optional.empty();
    }
    long[] field = new long[FIELDS];
    for (int i = 0; i < FIELDS; i++) {
      if (!(items.get(i) instanceof Item.Int(long value)) || value < 0) {
        return Optional.empty();
      }
      field[i] = value;
    }
    if (field[4] > HEAVIEST_MEAN
        || field[5] > HEAVIEST_RECORD
        || field[6] > HEAVIEST_RECORD - field[5]) {
      return Optional.empty();
    }
    return Optional.of(
        new Evidence(
            field[0], field[1], field[2], field[3], field[4], field[5], field[6], field[7]));
  }

  private static long fade(long weight, long age, long halfLife) {
    long halvings = age / halfLife;
    if (halvings >= Long.SIZE - 1) {
      return 0;
    }
    long halved = weight >> halvings;
    // weight ≤ 2^18 and age % halfLife < 2^41 (a half-life of decades, in ms): no overflow.
    return halved - halved * (age % halfLife) / (2 * halfLife);
  }
}
