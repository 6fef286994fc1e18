package org.promisegrid.server.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.promisegrid.server.Until;

@Timeout(600)
final class VisitsTest {

  /// What a thread does that waits until it is interrupted; completes when it was.
  private static CompletableFuture<Boolean> attended(Visit visit, CountDownLatch begun) {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    var _ =
        Thread.ofVirtual()
            .start(() -> {
              try (visit) {
                visit.attend(() -> {
                  begun.countDown();
                  new CountDownLatch(1).await();
                  return "never";
                });
                interrupted.complete(false);
              } catch (InterruptedException e) {
                interrupted.complete(!Thread.currentThread().isInterrupted());
              }
            });
    return interrupted;
  }

  @Test
  void whoLeavesIsNoticedByTheThreadThatHandlesTheCall() throws Exception {
    try (Visits visits = new Visits(Duration.ofMinutes(1))) {
      Visit visit = visits.begin(() -> {});
      CountDownLatch begun = new CountDownLatch(1);
      CompletableFuture<Boolean> interrupted = attended(visit, begun);
      begun.await();

      visit.leave();

      assertThat(interrupted.get()).isTrue();
    }
  }

  @Test
  void forWhoLeftBeforeNothingIsDone() throws Exception {
    try (Visits visits = new Visits(Duration.ofMinutes(1));
        Visit visit = visits.begin(() -> {})) {
      visit.leave();

      assertThatThrownBy(() -> visit.attend(() -> "something"))
          .isInstanceOf(InterruptedException.class);
    }
  }

  @Test
  void whoTakesNothingForTooLongIsCutOff() throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    try (Visits visits = new Visits(Duration.ofMillis(30));
        Visit visit = visits.begin(cut::countDown)) {
      visit.send();

      assertThat(cut.await(5, TimeUnit.MINUTES)).isTrue();
      // First their connection is cut off, then what is done for them.
      Until.holds("the visit is over", visit::isOver);
    }
  }

  @Test
  void theShortestTimeThatAnOptionTakesIsOne() throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    try (Visits visits = new Visits(Duration.ofMillis(1));
        Visit visit = visits.begin(cut::countDown)) {
      visit.send();

      assertThat(cut.await(5, TimeUnit.MINUTES)).isTrue();
      Until.holds("the visit is over", visit::isOver);
    }
  }

  @Test
  void theEndLetsNobodyInAndCutsOffWhoStays() throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    Visits visits = new Visits(Duration.ofMinutes(1));
    CompletableFuture<Boolean> interrupted = attended(visits.begin(cut::countDown), begun);
    begun.await();

    visits.close();

    assertThat(interrupted.get()).isTrue();
    assertThat(cut.getCount()).isZero();
    assertThat(visits.size()).isZero();
    assertThatThrownBy(() -> visits.begin(() -> {})).isInstanceOf(InterruptedException.class);
  }
}
