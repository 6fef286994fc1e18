package org.promisegrid.kernel.storage;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.promisegrid.kernel.index.Reckoning;

/// Whether the clock can be believed when it says that something is over. Safe for many threads.
public final class Clockwatch {

  /// By how much a clock may be set while the agent is up.
  private static final Duration MOST = Duration.ofHours(1);

  private static final Path UPTIME = Path.of("/proc/uptime");

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Supplier<Reckoning> reckoning;
  private final Instant began;
  private final long beganNanos;

  /// @param nanos time that passes, whatever the clock is set to; see [#passing]
  public Clockwatch(InstantSource clock, LongSupplier nanos, Supplier<Reckoning> reckoning) {
    this.clock = clock;
    this.nanos = nanos;
    this.reckoning = reckoning;
    this.began = clock.instant();
    this.beganNanos = nanos.getAsLong();
  }

  /// Time that passes, in ns: with that in which the host sleeps, where it tells.
  public static LongSupplier passing() {
    return Files.isReadable(UPTIME) ? Clockwatch::uptime : System::nanoTime;
  }

  private static long uptime() {
    try {
      String seconds = Files.readString(UPTIME).split(" ", 2)[0];
      return new BigDecimal(seconds).movePointRight(9).longValueExact();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// What the clock says.
  public Instant now() {
    return clock.instant();
  }

  /// Why the clock isn't believed, if it isn't.
  ///
  /// @param now what it said: whoever goes on by it, and not by what it says a moment later, goes
  ///   by what was judged
  public Optional<String> doubt(Instant now) {
    Duration up = Duration.ofNanos(nanos.getAsLong() - beganNanos);
    Duration set = Duration.between(began.plus(up), now);
    if (set.abs().compareTo(MOST) > 0) {
      return Optional.of(
          "since the agent started, the clock was set %s by %s, to %s"
              .formatted(set.isNegative() ? "back" : "ahead", set.abs(), now));
    }
    Reckoning before = reckoning.get();
    if (!before.after(now.toEpochMilli()).isSettled() && up.compareTo(Reckoning.AHEAD) < 0) {
      return Optional.of(
          "the clock says %s, and said %s before the agent was started: that is believed after a day"
              .formatted(now, Instant.ofEpochMilli(before.highest())));
    }
    return Optional.empty();
  }
}
