package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.Cid;

/// A full disk is an answer, costs nothing that was acknowledged, and ends when there is room
/// again.
@Timeout(600)
final class FullDiskTest {

  private static final int LARGE = 2 << 20;

  @TempDir Path home;

  @Test
  void belowTheReserveNothingMoreIsTaken() throws Exception {
    AtomicLong usable = new AtomicLong(1L << 30);
    LargeContent large = LargeContent.open(home.resolve("content"));
    Database small =
        Database.open(home.resolve("small"), Set.of("content"), Database.Durability.SYNCED);
    try (ContentStore store =
        new ContentStore(large, small, new Space(home, 1 << 20, usable::get))) {
      Cid before = store.put(ContentStoreTest.bytes(100)).cid();
      usable.set(1 << 20);

      assertExhausted(() -> store.put(ContentStoreTest.bytes(101)));
      assertExhausted(() -> store.put(ContentStoreTest.bytes(LARGE)));
      assertThat(store.put(ContentStoreTest.bytes(100)).fresh()).isFalse();
      assertThat(store.read(before, 100)).isEqualTo(ContentStoreTest.bytes(100));
      usable.set((1 << 20) + LARGE - 1);
      // What is told ahead to be too much isn't even begun.
      assertExhausted(() ->
          store.put(
              new ByteArrayInputStream(ContentStoreTest.bytes(LARGE)),
              Expected.ANYTHING.size(LARGE)));
      assertThat(store.free()).isEqualTo(LARGE - 1);
      // So do others who write to this disk.
      store.requireRoom(LARGE - 1);
      assertThatThrownBy(() -> store.requireRoom(LARGE))
          .isInstanceOfSatisfying(
              StorageException.class,
              e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.EXHAUSTED));
    }
  }

  @Test
  void aDiskThatIsReallyFullCostsNothingAndHealsWhenThereIsRoom() throws Exception {
    Path disk = Files.createDirectory(home.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString()) == 0,
        "only root mounts a small disk");
    try {
      Path ballast = disk.resolve("ballast");
      // No reserve: the failure comes from the disk itself.
      try (ContentStore store = ContentStore.open(disk.resolve("home"), 0, Amount.ALL)) {
        Cid small = store.put(ContentStoreTest.bytes(1000)).cid();
        Cid large = store.put(ContentStoreTest.bytes(LARGE)).cid();
        long room = Files.getFileStore(disk).getUsableSpace();
        Files.write(ballast, new byte[(int) room - LARGE / 2]);

        assertExhausted(() -> store.put(ContentStoreTest.bytes(LARGE + 1)));
        assertThat(incoming(disk)).isZero();
        Files.delete(ballast);
        fill(disk, ballast);
        assertExhausted(() -> store.put(ContentStoreTest.bytes(60_000)));
        assertThat(store.read(small, 1000)).isEqualTo(ContentStoreTest.bytes(1000));
        assertThat(store.read(large, LARGE)).isEqualTo(ContentStoreTest.bytes(LARGE));

        Files.delete(ballast);
        assertThat(store.put(ContentStoreTest.bytes(LARGE + 1)).fresh()).isTrue();
        assertThat(store.put(ContentStoreTest.bytes(60_000)).fresh()).isTrue();
      }
      try (ContentStore store = ContentStore.open(disk.resolve("home"), 0, Amount.ALL)) {
        for (int size : new int[] {1000, 60_000, LARGE, LARGE + 1}) {
          byte[] bytes = ContentStoreTest.bytes(size);
          assertThat(store.read(Cid.of(bytes), size)).isEqualTo(bytes);
        }
      }
    } finally {
      assertThat(run("umount", disk.toString())).isZero();
    }
  }

  private interface Putting {
    Object put() throws IOException;
  }

  private static void assertExhausted(Putting putting) {
    assertThatThrownBy(putting::put)
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.EXHAUSTED));
  }

  private static void fill(Path disk, Path ballast) throws IOException {
    try {
      Files.write(ballast, new byte[(int) Files.getFileStore(disk).getUsableSpace()]);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("space");
    }
  }

  private static long incoming(Path disk) throws IOException {
    try (Stream<Path> files = Files.list(disk.resolve("home/content/incoming"))) {
      return files.count();
    }
  }

  private static int run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }
}
