package org.promisegrid.kernel;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;

/// Holds each principal to an [Allowance], however many keys they pass their token on to.
final class Throttle {

  /// Principals that are known before those are forgotten who ask for nothing.
  private static final int KNOWN = 1024;

  private static final Duration SOON = Duration.ofSeconds(1);

  /// The owner's.
  private static final Entry UNBOUND =
      new Entry() {
        @Override
        public void write(long tokens) {
          // As many as they like.
        }

        @Override
        public void close() {
          // Nobody counted it.
        }
      };

  private final Allowance allowance;
  private final LongSupplier nanos;
  private final Map<String, Share> shares = new ConcurrentHashMap<>();

  Throttle(Allowance allowance, LongSupplier nanos) {
    this.allowance = allowance;
    this.nanos = nanos;
  }

  /// One principal's.
  private record Share(Bucket rate, Bucket tokens, AtomicInteger inside) {
    boolean isIdle() {
      return inside.get() == 0 && rate.isFull() && tokens.isFull();
    }
  }

  /// A call that is being answered.
  interface Entry extends AutoCloseable {
    /// Takes room for tokens that weren't presented before, in bytes.
    ///
    /// @throws Refusal `exhausted`, with when to come back
    void write(long tokens) throws Refusal;

    /// It has been.
    @Override
    void close();
  }

  /// Lets a call in.
  ///
  /// @throws Refusal `exhausted`, with when to come back and which limit it was
  Entry enter(Caller caller) throws Refusal {
    if (caller.isOwner()) {
      return UNBOUND;
    }
    if (shares.size() > KNOWN) {
      shares.values().removeIf(Share::isIdle);
    }
    // Counted within the map, so that nobody is forgotten who is just coming in.
    Share mine =
        shares.compute(
            caller.turn(),
            (_, there) -> {
              Share share =
                  there == null
                      ? new Share(
                          new Bucket(allowance.rate(), nanos),
                          new Bucket(allowance.tokens(), Duration.ofHours(1), nanos),
                          new AtomicInteger())
                      : there;
              share.inside().incrementAndGet();
              return share;
            });
    Duration wait = mine.rate().take();
    boolean crowded = mine.inside().get() > allowance.calls();
    if (!wait.isZero() || crowded) {
      mine.inside().decrementAndGet();
      throw wait.isZero()
          ? refusal("calls", allowance.calls() + " calls of yours are being answered", SOON)
          : refusal("rate", "more than " + allowance.rate() + " calls in a second", wait);
    }
    return new Entry() {
      @Override
      public void write(long tokens) throws Refusal {
        Duration wait = mine.tokens().take(tokens);
        if (!wait.isZero()) {
          throw refusal(
              "tokens",
              "more than " + allowance.tokens() + " bytes of new tokens in an hour",
              wait);
        }
      }

      @Override
      public void close() {
        mine.inside().decrementAndGet();
      }
    };
  }

  private static Refusal refusal(String limit, String detail, Duration wait) {
    return new Refusal(
        Reason.EXHAUSTED,
        detail,
        Item.table().put("limit", limit).put("retry_after", Math.max(1, wait.toMillis())).build());
  }
}
