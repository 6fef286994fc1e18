package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
final class GroupTest {

  private static final int MANY = 50;

  @Test
  void allWhoWaitWhileOneIsWrittenAreWrittenTogether() throws Exception {
    Scene scene = new Scene(null);

    for (Future<?> each : scene.play()) {
      each.get();
    }

    // The first alone; then all the others, or nearly: who comes late is written with the next.
    assertThat(scene.sizes.peek()).isEqualTo(1);
    assertThat(scene.sizes.size()).isLessThan(MANY);
    assertThat(scene.written).hasSize(MANY);
  }

  @Test
  void whatCannotBeWrittenFailsForAllOfThemAndForNobodyElse() throws Exception {
    StorageException full =
        new StorageException(StorageException.Kind.EXHAUSTED, "full", Path.of("/disk"), null);
    Scene scene = new Scene(full);
    int failed = 0;

    for (Future<?> each : scene.play()) {
      try {
        each.get();
      } catch (ExecutionException e) {
        assertThat(e.getCause())
            .isInstanceOfSatisfying(
                StorageException.class,
                it -> assertThat(it.kind()).isEqualTo(StorageException.Kind.EXHAUSTED));
        failed++;
      }
    }

    assertThat(failed).isPositive();
    assertThat(scene.written).hasSize(MANY - failed);
    // It goes on afterwards.
    scene.failure = null;
    scene.group.write(List.of(new Database.Change("t", new byte[] {99}, new byte[0])));
    assertThat(scene.written).contains((byte) 99);
  }

  /// Many writers, of whom the first is kept busy until all the others have begun.
  private static final class Scene {
    private final CountDownLatch begun = new CountDownLatch(MANY);
    private final CountDownLatch first = new CountDownLatch(1);
    private final AtomicInteger writes = new AtomicInteger();
    private final ConcurrentLinkedQueue<Integer> sizes = new ConcurrentLinkedQueue<>();
    private final Set<Byte> written = new HashSet<>();
    private final Group group = new Group(this::write);
    private volatile @Nullable StorageException failure;

    Scene(@Nullable StorageException failure) {
      this.failure = failure;
    }

    List<Future<?>> play() throws InterruptedException {
      List<Future<?>> all = new ArrayList<>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < MANY; i++) {
          byte[] key = {(byte) i};
          all.add(
              threads.submit(() -> {
                begun.countDown();
                group.write(List.of(new Database.Change("t", key, new byte[0])));
              }));
          if (i == 0) {
            first.await();
          }
        }
      }
      return all;
    }

    /// Never by two at once, or the set would be torn.
    private void write(List<Database.Change> changes) {
      sizes.add(changes.size());
      if (writes.getAndIncrement() == 0) {
        first.countDown();
        try {
          begun.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      } else {
        StorageException now = failure;
        if (now != null) {
          throw now;
        }
      }
      changes.forEach(change -> written.add(change.key()[0]));
    }
  }
}
