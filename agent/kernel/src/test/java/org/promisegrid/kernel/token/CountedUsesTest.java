package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.token.Uses.Limited;
import org.promisegrid.kernel.token.Uses.Taken;
import org.promisegrid.sandbox.Cid;

final class CountedUsesTest {

  private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
  private static final Cid A = Cast.named("token a");
  private static final Cid B = Cast.named("token b");

  private final CountedUses uses = new CountedUses(10);

  private static Limited limited(Cid token, Use use) {
    return new Limited(token, use, Optional.empty(), ACCOUNTS.getOrDefault(token, "nobody"));
  }

  private boolean taken(Instant now, Limited... links) {
    return uses.take(List.of(links), now) instanceof Taken.Took;
  }

  private Uses.Count count(Cid token) {
    return Objects.requireNonNull(uses.snapshot().get(token));
  }

  @Test
  void ofAThousandCallsAtOnceExactlyTheGrantedNumberIsHonoured() throws Exception {
    Limited link = limited(A, Use.calls(137));
    List<Callable<Boolean>> calls = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      calls.add(() -> taken(START, link));
    }
    int honoured = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> call : threads.invokeAll(calls)) {
        honoured += call.get() ? 1 : 0;
      }
    }

    assertThat(honoured).isEqualTo(137);
    assertThat(count(A).calls()).isEqualTo(137);
  }

  @Test
  void aUseIsTakenOfEveryLinkOrOfNone() {
    Limited one = limited(A, Use.calls(1));
    Limited many = limited(B, Use.calls(10));
    assertThat(taken(START, many, one)).isTrue();

    assertThat(uses.take(List.of(many, one), START))
        .isEqualTo(new Taken.Spent(A, Optional.empty()));

    assertThat(count(B).calls()).isEqualTo(1);
  }

  @Test
  void aRateLetsABurstThroughAndThenOneAtATime() {
    Limited link = limited(A, Use.rate(3, Duration.ofSeconds(1)));
    for (int i = 0; i < 3; i++) {
      assertThat(taken(START, link)).isTrue();
    }

    // A third of a second refills one: exactly, so 333 ms are too few.
    assertThat(uses.take(List.of(link), START))
        .isEqualTo(new Taken.Spent(A, Optional.of(Duration.ofMillis(334))));
    assertThat(taken(START.plusMillis(333), link)).isFalse();
    assertThat(taken(START.plusMillis(334), link)).isTrue();
    assertThat(taken(START.plusMillis(334), link)).isFalse();
    assertThat(taken(START.plusMillis(667), link)).isTrue();
  }

  @Test
  void overTimeARateIsKeptExactly() {
    Limited link = limited(A, Use.rate(7, Duration.ofSeconds(1)));
    int honoured = 0;
    for (int ms = 0; ms < 100_000; ms++) {
      honoured += taken(START.plusMillis(ms), link) ? 1 : 0;
    }

    // The burst, and what 99,999 ms refill: 699.99.
    assertThat(honoured).isEqualTo(7 + 699);
  }

  @Test
  void aClockThatIsSetBackGivesNothing() {
    Limited link = limited(A, Use.rate(1, Duration.ofMinutes(1)));
    assertThat(taken(START, link)).isTrue();

    assertThat(taken(START.minus(Duration.ofDays(1)), link)).isFalse();
    assertThat(taken(START.plusSeconds(59), link)).isFalse();
    assertThat(taken(START.plusSeconds(60), link)).isTrue();
  }

  @Test
  void theLargestRateDoesNotOverflow() {
    Limited link = limited(A, Use.rate(Use.Rate.MAX_CALLS, Use.Rate.MAX_WINDOW));
    assertThat(taken(START, link)).isTrue();
    assertThat(taken(START.plusMillis(1), link)).isTrue();
    assertThat(taken(Claims.MAX_TIME, link)).isTrue();
    assertThat(count(A).level()).isEqualTo(Use.Rate.MAX_WINDOW.toMillis());
  }

  /// A book with everything that was taken and told to it.
  private static final class Kept implements CountedUses.Book {
    private final Map<Cid, Long> calls = new HashMap<>();

    @Override
    public long calls(Cid token) {
      return calls.getOrDefault(token, 0L);
    }

    private Taken write(Taken taken) {
      if (taken instanceof Taken.Took(Map<Cid, Uses.Count> counts)) {
        counts.forEach((token, count) -> calls.merge(token, count.calls(), Math::max));
      }
      return taken;
    }
  }

  private static final Map<Cid, String> ACCOUNTS = new HashMap<>();

  private static Cid of(String account, int number) {
    Cid token = Cast.named(account + " " + number);
    ACCOUNTS.put(token, account);
    return token;
  }

  @Test
  void whatIsWrittenDownIsCountedOnAfterARestart() {
    Kept kept = new Kept();
    Limited link = limited(A, Use.calls(3));
    kept.write(new CountedUses(10, 10, kept).take(List.of(link), START));

    CountedUses restarted = new CountedUses(10, 10, kept);
    assertThat(restarted.take(List.of(link), START)).isInstanceOf(Taken.Took.class);
    assertThat(restarted.take(List.of(link), START)).isInstanceOf(Taken.Took.class);
    assertThat(restarted.take(List.of(link), START))
        .isEqualTo(new Taken.Spent(A, Optional.empty()));
  }

  @Test
  void anyNumberOfLinksThatAreWrittenDownIsCountedExactly() {
    Kept kept = new Kept();
    CountedUses few = new CountedUses(10, 10, kept);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 100; i++) {
        Taken taken =
            kept.write(few.take(List.of(limited(Cast.named("many " + i), Use.calls(2))), START));
        assertThat(taken instanceof Taken.Took).as("round %d", round).isEqualTo(round < 2);
      }
    }
  }

  @Test
  void whatIsNotWrittenDownYetIsNotForgotten() {
    Kept kept = new Kept();
    CountedUses one = new CountedUses(1, 1, kept);
    Taken unwritten = one.take(List.of(limited(A, Use.calls(2))), START);
    Limited other = limited(B, Use.calls(2));
    assertThat(one.take(List.of(other), START)).isInstanceOf(Taken.Spent.class);

    kept.write(unwritten);

    assertThat(one.take(List.of(other), START)).isInstanceOf(Taken.Took.class);
  }

  @Test
  void nobodyTakesTheRoomForRatesFromOthers() {
    CountedUses shared = new CountedUses(10, 3, new Kept());
    Use slow = Use.rate(1, Duration.ofDays(366));
    for (int i = 0; i < 3; i++) {
      assertThat(shared.take(List.of(limited(of("greedy", i), slow)), START))
          .isInstanceOf(Taken.Took.class);
    }

    assertThat(shared.take(List.of(limited(of("greedy", 3), slow)), START))
        .isInstanceOf(Taken.Spent.class);
    assertThat(shared.take(List.of(limited(of("other", 0), slow)), START))
        .isInstanceOf(Taken.Took.class);
    // Once a bucket is full again, its place is free.
    assertThat(
            shared.take(List.of(limited(of("greedy", 3), slow)), START.plus(Duration.ofDays(366))))
        .isInstanceOf(Taken.Took.class);
  }

  @Test
  void atItsBoundItForgetsWhatNeedsNoCountingAndNothingElse() {
    Optional<Instant> soon = Optional.of(START.plusSeconds(10));
    for (int i = 0; i < 5; i++) {
      assertThat(taken(START, new Limited(Cast.named("ending " + i), Use.calls(9), soon, "nobody")))
          .isTrue();
      assertThat(taken(START, limited(Cast.named("endless " + i), Use.calls(9)))).isTrue();
    }
    Limited late = limited(A, Use.calls(1));

    assertThat(uses.take(List.of(late), START))
        .isEqualTo(new Taken.Spent(A, Optional.of(Duration.ofMinutes(1))));
    // Who is counted already goes on.
    assertThat(taken(START, limited(Cast.named("endless 0"), Use.calls(9)))).isTrue();

    assertThat(taken(START.plusSeconds(10), late)).isTrue();
    assertThat(uses.snapshot()).hasSize(6).doesNotContainKey(Cast.named("ending 0"));
  }

  @Test
  void aRateIsForgottenOnceItsBucketIsFull() {
    for (int i = 0; i < 10; i++) {
      Limited link = limited(Cast.named("rate " + i), Use.rate(1, Duration.ofSeconds(1)));
      assertThat(taken(START, link)).isTrue();
    }

    assertThat(taken(START.plusMillis(999), limited(A, Use.calls(1)))).isFalse();
    assertThat(taken(START.plusMillis(1000), limited(A, Use.calls(1)))).isTrue();
    assertThat(uses.snapshot()).containsOnlyKeys(A);
  }
}
