package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.Cid;

/// Put and get, and who else notices.
@Timeout(600)
final class ContentStoreTest {

  private static final int LARGE = 3 * Incoming.PIECE + 17;

  @TempDir Path home;
  private ContentStore store;

  @BeforeEach
  void open() {
    store = ContentStore.open(home);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        1,
        ContentStore.LARGE - 1,
        ContentStore.LARGE,
        ContentStore.LARGE + 1,
        Incoming.PIECE - 1,
        Incoming.PIECE,
        Incoming.PIECE + 1,
        2 * Incoming.PIECE,
        LARGE,
        // More pieces than are listed in one read of the list.
        130 * Incoming.PIECE
      })
  void whatIsPutIsThereUnderItsNameAlsoAfterARestart(int size) throws Exception {
    byte[] bytes = bytes(size);

    Stored stored = store.put(new ByteArrayInputStream(bytes), Expected.ANYTHING);
    store.close();
    open();

    assertThat(stored).isEqualTo(new Stored(Cid.of(bytes), size, true));
    assertThat(store.has(stored.cid())).isTrue();
    assertThat(store.size(stored.cid())).isEqualTo(size);
    assertThat(store.read(stored.cid(), size)).isEqualTo(bytes);
    assertThat(store.put(bytes)).isEqualTo(new Stored(stored.cid(), size, false));
    assertThat(scratch()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, LARGE})
  void anyPartOfItCanBeRead(int size) throws Exception {
    byte[] bytes = bytes(size);
    Cid cid = store.put(bytes).cid();
    Random random = new Random(7);

    for (int i = 0; i < 200; i++) {
      int from = random.nextInt(size + 1);
      int length = random.nextInt(size - from + 1);
      try (InputStream in = store.open(cid, from, length)) {
        assertThat(Arrays.equals(in.readAllBytes(), Arrays.copyOfRange(bytes, from, from + length)))
            .as("%d bytes from %d", length, from)
            .isTrue();
      }
    }
    try (InputStream in = store.open(cid, size, 0)) {
      assertThat(in.read()).isEqualTo(-1);
    }
    for (long[] wrong : new long[][] {{0, size + 1}, {size, 1}, {-1, 1}, {1, Long.MAX_VALUE}}) {
      assertThatThrownBy(() -> store.open(cid, wrong[0], wrong[1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatIsNotThereIsAbsent() {
    Cid nothing = Cid.of(new byte[] {1, 2, 3});

    assertThat(store.has(nothing)).isFalse();
    assertThatThrownBy(() -> store.open(nothing))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining(nothing.toString());
    assertThatThrownBy(() -> store.open(nothing, 0, 1)).isInstanceOf(FileNotFoundException.class);
    assertThatThrownBy(() -> store.size(nothing)).isInstanceOf(FileNotFoundException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, LARGE})
  void whatIsNotWhatWasExpectedIsRefusedAndLeavesNothing(int size) throws Exception {
    byte[] bytes = bytes(size);
    Cid cid = Cid.of(bytes);
    Cid other = Cid.of(new byte[0]);
    List<Expected> wrong = new ArrayList<>();
    wrong.add(Expected.ANYTHING.cid(other));
    wrong.add(Expected.ANYTHING.size(size - 1));
    wrong.add(Expected.ANYTHING.size(size + 1));
    wrong.add(Expected.ANYTHING.cid(cid).size(0));
    for (Multihash.Algorithm algorithm : Multihash.Algorithm.values()) {
      byte[] digest = sum(algorithm, bytes).digest();
      digest[algorithm.size() - 1] ^= 1;
      wrong.add(Expected.ANYTHING.cid(cid).sum(new Multihash(algorithm, digest)));
    }

    for (Expected expected : wrong) {
      assertThatThrownBy(() -> store.put(new ByteArrayInputStream(bytes), expected))
          .isInstanceOf(MismatchException.class);
      assertThat(store.has(cid)).isFalse();
      assertThat(scratch()).isEmpty();
    }
    Expected right = Expected.ANYTHING.cid(cid).size(size);
    for (Multihash.Algorithm algorithm : Multihash.Algorithm.values()) {
      right = right.sum(sum(algorithm, bytes));
    }
    assertThat(store.put(new ByteArrayInputStream(bytes), right).fresh()).isTrue();
  }

  @Test
  void aStreamThatIsLongerThanExpectedIsNotReadToItsEnd() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 7;
          }
        };

    assertThatThrownBy(() -> store.put(endless, Expected.ANYTHING.size(LARGE)))
        .isInstanceOf(MismatchException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, LARGE})
  void aStreamThatBreaksLeavesNothing(int after) throws Exception {
    IOException broken = new IOException("the line went dead");
    InputStream in =
        new SequenceInputStream(
            new ByteArrayInputStream(bytes(after)),
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw broken;
              }

              @Override
              public int read(byte[] bytes, int offset, int length) throws IOException {
                throw broken;
              }
            });

    assertThatThrownBy(() -> store.put(in, Expected.ANYTHING)).isSameAs(broken);
    assertThat(scratch()).isEmpty();
    assertThat(names()).isEmpty();
  }

  @Test
  void whatACrashLeftBehindIsRemovedAtTheNextStart() throws Exception {
    store.close();
    Files.write(home.resolve("content/incoming/half"), bytes(100));
    Files.write(home.resolve("content/incoming/half.pieces"), bytes(100));

    open();

    assertThat(scratch()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, LARGE})
  void equalContentThatIsPutAtOnceIsOne(int size) throws Exception {
    byte[] bytes = bytes(size);
    int many = 16;
    CountDownLatch start = new CountDownLatch(1);
    List<Future<Stored>> puts = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < many; i++) {
        puts.add(
            threads.submit(() -> {
              start.await();
              return store.put(bytes);
            }));
      }
      start.countDown();
    }

    int fresh = 0;
    for (Future<Stored> put : puts) {
      fresh += put.get().fresh() ? 1 : 0;
    }
    assertThat(fresh).isEqualTo(1);
    assertThat(names()).containsExactly(Cid.of(bytes));
    assertThat(store.read(Cid.of(bytes), size)).isEqualTo(bytes);
  }

  @Test
  void onlyTheAgentsOwnUserCanReadIt() throws Exception {
    store.put(bytes(10));
    store.put(bytes(LARGE));

    for (String folder : List.of("content", "small")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(folder))))
          .isEqualTo("rwx------");
    }
    try (Stream<Path> files = Files.walk(home.resolve("content"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void asLongAsAnAgentIsThereASecondOneIsRefused() {
    assertThatThrownBy(() -> ContentStore.open(home))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.IN_USE));
  }

  @Test
  void afterItIsClosedItSaysSo() {
    store.close();
    store.close();

    assertThatThrownBy(() -> store.put(bytes(10))).isInstanceOf(IllegalStateException.class);
  }

  private Set<Cid> names() {
    Set<Cid> names = new HashSet<>();
    assertThat(store.visit((cid, size) -> names.add(cid))).isTrue();
    return names;
  }

  private List<Path> scratch() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("content/incoming"))) {
      return files.toList();
    }
  }

  @Test
  void aFileThatSomebodyElsePutBesideContentIsPassedOver() throws Exception {
    Cid large = store.put(bytes(ContentStore.LARGE)).cid();
    try (Stream<Path> files = Files.walk(home)) {
      Path file = files.filter(each -> each.endsWith(large.toString())).findFirst().orElseThrow();
      Files.copy(file, file.resolveSibling(large + ".bak"));
    }
    store.close();
    store = ContentStore.open(home);

    Cid other = store.put(bytes(ContentStore.LARGE + 1)).cid();

    assertThat(store.used()).isGreaterThanOrEqualTo(2L * ContentStore.LARGE + 1);
    assertThat(List.of(large, other)).allMatch(store::has);
  }

  @Test
  void whatIsRemovedGoesInThatOrderWhereItEndsEarly() throws Exception {
    Cid first = store.put(bytes(10)).cid();
    Cid large = store.put(bytes(ContentStore.LARGE)).cid();
    Cid last = store.put(bytes(11)).cid();
    // A list that can't be removed.
    Path list;
    try (Stream<Path> files = Files.walk(home)) {
      list = files.filter(file -> file.endsWith(large + ".pieces")).findFirst().orElseThrow();
    }
    Files.delete(list);
    Files.createFile(Files.createDirectory(list).resolve("in the way"));

    assertThatThrownBy(() -> store.remove(List.of(first, large, last)))
        .isInstanceOf(StorageException.class);

    assertThat(store.has(first)).isFalse();
    assertThat(store.has(large)).isTrue();
    assertThat(store.has(last)).isTrue();
  }

  static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static Multihash sum(Multihash.Algorithm algorithm, byte[] bytes) {
    Hasher hasher = Hasher.of(algorithm);
    hasher.update(bytes, 0, bytes.length);
    return hasher.finish();
  }
}
