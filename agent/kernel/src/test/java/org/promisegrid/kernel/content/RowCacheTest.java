package org.promisegrid.kernel.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RowCacheTest {

  private static final byte[] KEY = "key".getBytes(UTF_8);
  private static final byte[] OLD = "old".getBytes(UTF_8);
  private static final byte[] NEW = "new".getBytes(UTF_8);

  private final RowCache cache = new RowCache();
  private final AtomicInteger lookups = new AtomicInteger();

  private Optional<byte[]> get(Optional<byte[]> there) {
    return cache.get(
        "t",
        KEY,
        () -> {
          lookups.incrementAndGet();
          return there;
        });
  }

  @Test
  void whatWasLookedUpIsKnownFoundOrNot() {
    assertThat(get(Optional.empty())).isEmpty();
    assertThat(get(Optional.of(NEW))).isEmpty();
    cache.forget(List.of(new Database.Change("t", KEY.clone(), NEW)));
    assertThat(get(Optional.of(NEW))).contains(NEW);
    assertThat(get(Optional.empty())).contains(NEW);
    assertThat(lookups).hasValue(2);
  }

  @Test
  void oneKeyOfTwoTablesIsTwoRows() {
    assertThat(get(Optional.of(OLD))).contains(OLD);
    assertThat(cache.get("other", KEY, () -> Optional.of(NEW))).contains(NEW);
  }

  @Test
  void whatIsLongIsNotKept() {
    byte[] large = new byte[5 << 10];
    assertThat(get(Optional.of(large))).contains(large);
    assertThat(get(Optional.of(large))).contains(large);
    assertThat(lookups).hasValue(2);
  }

  @Test
  void thatSomethingLongIsThereIsKnownUntilItIsWritten() {
    byte[] large = new byte[5 << 10];
    assertThat(has(Optional.of(large))).isTrue();
    assertThat(has(Optional.empty())).isTrue();
    assertThat(lookups).hasValue(1);
    assertThat(get(Optional.of(large))).contains(large);
    assertThat(has(Optional.empty())).isTrue();
    assertThat(lookups).hasValue(2);
    cache.forget(List.of(new Database.Change("t", KEY.clone(), null)));
    assertThat(has(Optional.empty())).isFalse();
    assertThat(has(Optional.of(large))).isFalse();
    assertThat(lookups).hasValue(3);
  }

  private boolean has(Optional<byte[]> there) {
    return cache.has(
        "t",
        KEY,
        () -> {
          lookups.incrementAndGet();
          return there;
        });
  }

  @Test
  void aLookupThatFailsIsTriedAgain() {
    assertThatThrownBy(() ->
            cache.get(
                "t",
                KEY,
                () -> {
                  throw new IllegalStateException("damaged");
                }))
        .hasMessage("damaged");
    assertThat(get(Optional.of(NEW))).contains(NEW);
  }

  @Test
  void aRowWrittenWhileItIsLookedUpIsNotKeptAsItWas() throws InterruptedException {
    CountDownLatch readBefore = new CountDownLatch(1);
    CountDownLatch written = new CountDownLatch(1);
    Thread reader =
        Thread.ofVirtual()
            .start(() ->
                cache.get(
                    "t",
                    KEY,
                    () -> {
                      readBefore.countDown();
                      await(written);
                      return Optional.of(OLD);
                    }));
    readBefore.await();
    Thread writer =
        Thread.ofPlatform().start(() -> cache.forget(List.of(new Database.Change("t", KEY, NEW))));
    // It waits for the lookup, or is through before it: either must do.
    while (writer.getState() == Thread.State.RUNNABLE || writer.getState() == Thread.State.NEW) {
      Thread.onSpinWait();
    }
    written.countDown();
    reader.join();
    writer.join();
    assertThat(get(Optional.of(NEW))).contains(NEW);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
