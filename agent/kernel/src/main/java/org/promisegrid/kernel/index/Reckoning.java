package org.promisegrid.kernel.index;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;

/// What the times of the journal's entries tell of the clock: how late it has been. A lease that is
/// given while the clock is behind counts from there, so that it isn't over once the clock is
/// right.
///
/// A clock that is suddenly far away from where it was may be right by now, or wrong: the agent was
/// off, or somebody mistook the year. It is believed once it went on from there for a while; until
/// then nothing but the leases that are given meanwhile is in its terms. What is remembered follows
/// from the entries alone, one after the other.
///
/// @param highest what it showed at the latest, in ms since 1970; 0 if it was never asked
/// @param from where it has been suddenly, and isn't believed yet; 0 if it is believed
/// @param last where it went from there
public record Reckoning(long highest, long from, long last) {

  /// Before the first entry.
  public static final Reckoning NONE = new Reckoning(0, 0, 0);

  /// An agent that is off for longer than that, and a clock that is set by more, is to be believed
  /// first.
  public static final Duration USUAL = Duration.ofDays(8);

  /// How far a clock that is ahead has to go on from there.
  public static final Duration AHEAD = Duration.ofDays(1);

  /// And one that is behind: what it says would let content go early, which can't be mended.
  public static final Duration BEHIND = Duration.ofDays(90);

  /// After an entry with that time.
  public Reckoning after(long millis) {
    if (highest == 0 || isUsual(millis, highest)) {
      return new Reckoning(Math.max(highest, millis), 0, 0);
    }
    if (from == 0 || !isUsual(millis, last)) {
      return new Reckoning(highest, millis, millis);
    }
    long on = Math.max(last, millis);
    Duration enough = from > highest ? AHEAD : BEHIND;
    return on - from >= enough.toMillis()
        ? new Reckoning(on, 0, 0)
        : new Reckoning(highest, from, on);
  }

  private static boolean isUsual(long millis, long before) {
    return Math.abs(millis - before) <= USUAL.toMillis();
  }

  /// Whether the clock is believed.
  public boolean isSettled() {
    return from == 0;
  }

  /// When a lease begins that is given while the clock shows `now`.
  public Instant lease(Instant now) {
    return now.toEpochMilli() < highest ? Instant.ofEpochMilli(highest) : now;
  }

  /// As the index has it.
  public static Reckoning of(Index index) {
    return index.get(Table.META, Index.RECKONING).map(Reckoning::read).orElse(NONE);
  }

  private static Reckoning read(byte[] row) {
    ByteBuffer values = ByteBuffer.wrap(row);
    return new Reckoning(values.getLong(), values.getLong(), values.getLong());
  }

  /// Notes it with what it was reckoned from.
  public void note(Write write) {
    write.put(
        Table.META,
        Index.RECKONING,
        ByteBuffer.allocate(3 * Long.BYTES).putLong(highest).putLong(from).putLong(last).array());
  }
}
