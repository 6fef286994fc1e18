package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Many who put at once are granted no more than there is, and the reserve is nobody's.
@Timeout(120)
final class SpaceTest {

  private static final long MIB = 1 << 20;
  private static final long RESERVE = 64 * MIB;
  private static final int MANY = 16;

  @TempDir Path home;

  @Test
  void whatIsGrantedAndNotWrittenIsNoRoomForAnother() throws Exception {
    Space space = new Space(home, RESERVE, () -> RESERVE + 5 * MIB);
    assertThat(grantedAtOnce(space)).isEqualTo(5);
    assertThat(space.free(0)).isZero();
    assertThatThrownBy(() -> space.require(1)).isInstanceOf(StorageException.class);
  }

  @Test
  void theBudgetIsSharedAsTheDiskIs() throws Exception {
    Space space = new Space(home, 0, () -> Long.MAX_VALUE, Long.MAX_VALUE, 7 * MIB);
    assertThat(grantedAtOnce(space)).isEqualTo(7);
  }

  /// How many of many get a MiB each, and hold it.
  private static long grantedAtOnce(Space space) throws Exception {
    return atOnce(
            () -> {
              Space.Grant grant = space.begin(MIB, 0);
              grant.take(MIB, () -> 0);
              return grant;
            })
        .stream()
        .filter(it -> it)
        .count();
  }

  @Test
  void whatIsWrittenShowsOnTheDiskAndWhatIsGivenBackIsRoomAgain() {
    AtomicLong usable = new AtomicLong(RESERVE + 2 * MIB);
    Space space = new Space(home, RESERVE, usable::get);
    try (Space.Grant grant = space.begin(0, 0)) {
      grant.take(MIB, () -> 0);
      assertThat(space.free(0)).isEqualTo(MIB);
      usable.addAndGet(-MIB);
      grant.wrote(MIB);
      assertThat(space.free(0)).isEqualTo(MIB);
      grant.take(MIB, () -> 0);
      assertThat(space.free(0)).isZero();
      assertThatThrownBy(() -> grant.take(MIB + 1, () -> 0)).isInstanceOf(StorageException.class);
    }
    assertThat(space.free(0)).isEqualTo(MIB);
  }

  @Test
  void manyPutsAtOnceLeaveTheReserve() throws Exception {
    long room = 10 * MIB;
    AtomicLong delivered = new AtomicLong(); // which is at least what was written
    LargeContent large = LargeContent.open(home.resolve("content"));
    Database small =
        Database.open(home.resolve("small"), Set.of("content"), Database.Durability.SYNCED);
    Space space = new Space(home, RESERVE, () -> RESERVE + room - delivered.get());
    try (ContentStore store = new ContentStore(large, small, space)) {
      AtomicLong seed = new AtomicLong();
      CyclicBarrier begun = new CyclicBarrier(MANY);
      List<Boolean> done =
          atOnce(() -> {
            byte[] bytes = ContentStoreTest.bytes((int) (3 * MIB + seed.incrementAndGet()));
            return store.put(meeting(bytes, begun, delivered), Expected.ANYTHING);
          });
      assertThat(done).contains(false);
      // Each that was refused had read what it then got no room for.
      assertThat(delivered.get()).isLessThanOrEqualTo(room + MANY * (64L << 10));
      delivered.set(0);
      assertThat(space.free(0)).as("nothing stays granted").isEqualTo(room);
    }
  }

  /// A stream that begins when all the others do.
  private static InputStream meeting(byte[] bytes, CyclicBarrier begun, AtomicLong delivered) {
    return new ByteArrayInputStream(bytes) {
      private boolean met;

      @Override
      public synchronized int read(byte[] into, int from, int length) {
        if (!met) {
          met = true;
          try {
            begun.await(5, TimeUnit.MINUTES);
          } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException(e);
          }
        }
        int n = super.read(into, from, length);
        delivered.addAndGet(Math.max(0, n));
        return n;
      }
    };
  }

  /// Whether each found room; any other failure is the test's.
  private static List<Boolean> atOnce(Callable<?> put) throws Exception {
    List<Boolean> found = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(MANY)) {
      List<Future<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        all.add(
            threads.submit(() -> {
              try {
                return put.call() != null;
              } catch (StorageException e) {
                assertThat(e.kind()).isEqualTo(StorageException.Kind.EXHAUSTED);
                return false;
              }
            }));
      }
      for (Future<Boolean> each : all) {
        found.add(each.get());
      }
    }
    return found;
  }
}
