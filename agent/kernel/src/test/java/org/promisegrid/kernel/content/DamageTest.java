package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.Cid;

/// What the disk changed is found and named, never served, and healed by the right bytes.
@Timeout(600)
final class DamageTest {

  private static final int SIZE = 5 * Incoming.PIECE + 100;

  @TempDir Path home;
  private final byte[] bytes = ContentStoreTest.bytes(SIZE);
  private final Cid cid = Cid.of(bytes);
  private ContentStore store;

  @BeforeEach
  void open() {
    store = ContentStore.open(home);
    store.put(bytes);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void aFlippedBitInAFileIsFoundBeforeItsPieceIsServed() throws Exception {
    int flipped = 3 * Incoming.PIECE + 5;
    flip(file(), flipped);

    ByteArrayOutputStream served = new ByteArrayOutputStream();
    assertCorrupt(() -> copy(store.open(cid), served));
    assertThat(served.toByteArray()).isEqualTo(Arrays.copyOf(bytes, 3 * Incoming.PIECE));
    assertCorrupt(() -> store.open(cid, flipped, 1).read());
    assertCorrupt(() -> store.open(cid, flipped - 5, 2).read());
    assertThat(store.damaged()).containsExactly(cid);
    // Elsewhere it is as good as ever.
    assertThat(store.open(cid, SIZE - 10, 10).readAllBytes())
        .isEqualTo(Arrays.copyOfRange(bytes, SIZE - 10, SIZE));

    assertThat(store.put(bytes).fresh()).isFalse();

    assertThat(store.damaged()).isEmpty();
    assertThat(store.read(cid, SIZE)).isEqualTo(bytes);
  }

  @Test
  void whereverABitIsFlippedNoWrongByteIsServed() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      int at = random.nextInt(SIZE);
      int from = random.nextInt(SIZE);
      int length = random.nextInt(SIZE - from);
      flip(file(), at);
      ByteArrayOutputStream served = new ByteArrayOutputStream();
      boolean found;
      try {
        copy(store.open(cid, from, length), served);
        found = false;
      } catch (CorruptContentException e) {
        found = true;
      }
      assertThat(served.toByteArray())
          .as("seed %d, %d bytes from %d, flipped at %d", seed, length, from, at)
          .isEqualTo(Arrays.copyOfRange(bytes, from, from + served.size()));
      assertThat(found || served.size() == length).isTrue();
      store.put(bytes);
    }
  }

  @Test
  void aBitThatIsFlippedInBothFileAndListIsFoundToo() throws Exception {
    int flipped = 2 * Incoming.PIECE + 7;
    flip(file(), flipped);
    byte[] piece = Arrays.copyOfRange(bytes, 2 * Incoming.PIECE, 3 * Incoming.PIECE);
    piece[7] ^= 1;
    try (FileChannel list = FileChannel.open(list(), StandardOpenOption.WRITE)) {
      list.write(ByteBuffer.wrap(Cid.sha256().digest(piece)), Incoming.HEADER + 2 * Incoming.HASH);
    }

    ByteArrayOutputStream served = new ByteArrayOutputStream();
    assertCorrupt(() -> copy(store.open(cid), served));
    assertThat(served.size()).isLessThan(SIZE);
  }

  @Test
  void aFlippedBitInTheListIsMended() throws Exception {
    for (int at : new int[] {3, Incoming.HEADER + 40}) {
      byte[] right = Files.readAllBytes(list());
      flip(list(), at);

      assertThat(store.read(cid, SIZE)).isEqualTo(bytes);
      assertThat(Files.readAllBytes(list())).isEqualTo(right);
    }
    assertThat(store.damaged()).isEmpty();
  }

  @Test
  void aLostOrTornListIsMadeAgain() throws Exception {
    byte[] right = Files.readAllBytes(list());

    Files.delete(list());
    assertThat(store.open(cid, 5, 10).readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, 5, 15));
    assertThat(Files.readAllBytes(list())).isEqualTo(right);

    Files.write(list(), new byte[0]);
    assertThat(store.size(cid)).isEqualTo(SIZE);
    assertThat(Files.readAllBytes(list())).isEqualTo(right);

    Files.write(list(), new byte[right.length]);
    assertThat(store.read(cid, SIZE)).isEqualTo(bytes);
    assertThat(Files.readAllBytes(list())).isEqualTo(right);
  }

  @Test
  void aLostListDoesNotHideDamage() throws Exception {
    Files.delete(list());
    flip(file(), SIZE - 1);

    assertCorrupt(() -> store.open(cid, 0, 1));
    assertCorrupt(() -> store.size(cid));
  }

  @Test
  void aFileThatIsTooShortOrTooLongIsFound() throws Exception {
    try (FileChannel file = FileChannel.open(file(), StandardOpenOption.WRITE)) {
      file.truncate(SIZE - 1);
    }
    assertCorrupt(() -> store.open(cid));
    assertCorrupt(() -> store.size(cid));
    store.put(bytes);

    Files.write(file(), new byte[] {1}, StandardOpenOption.APPEND);
    assertCorrupt(() -> store.open(cid, 0, 1));
    store.put(bytes);

    assertThat(store.read(cid, SIZE)).isEqualTo(bytes);
  }

  @Test
  void aFileThatShrinksUnderAReaderIsFound() throws Exception {
    try (InputStream in = store.open(cid)) {
      assertThat(in.readNBytes(10)).isEqualTo(Arrays.copyOf(bytes, 10));
      try (FileChannel file = FileChannel.open(file(), StandardOpenOption.WRITE)) {
        file.truncate(2 * Incoming.PIECE);
      }
      assertCorrupt(() -> in.readAllBytes());
    }
  }

  @Test
  void smallContentThatChangedIsFoundAndHealed() throws Exception {
    byte[] small = ContentStoreTest.bytes(100);
    Cid name = store.put(small).cid();
    byte[] altered = small.clone();
    altered[50] ^= 1;
    store.close();
    try (Database database =
        Database.open(home.resolve("small"), Set.of("content"), Database.Durability.SYNCED)) {
      database.put("content", name.digest(), altered);
    }
    store = ContentStore.open(home);

    for (Reading reading :
        new Reading[] {
          () -> store.open(name), () -> store.open(name, 0, 1), () -> store.size(name)
        }) {
      assertThatThrownBy(reading::read)
          .isInstanceOfSatisfying(
              CorruptContentException.class, e -> assertThat(e.cid()).isEqualTo(name));
    }
    store.put(small);

    assertThat(store.read(name, 100)).isEqualTo(small);
  }

  @Test
  void aBitThatIsFlippedInTheDatabaseItselfIsFound() throws Exception {
    byte[] small = ContentStoreTest.bytes(60_000);
    Cid name = store.put(small).cid();
    store.close();
    boolean flipped = false;
    try (Stream<Path> files = Files.list(home.resolve("small"))) {
      for (Path file : files.toList()) {
        int at = find(Files.readAllBytes(file), Arrays.copyOfRange(small, 1000, 1040));
        if (at >= 0) {
          flip(file, at);
          flipped = true;
        }
      }
    }
    assertThat(flipped).isTrue();

    // In the log it is found when the database is opened, in a table when it is read.
    assertThatThrownBy(
            () -> {
              store = ContentStore.open(home);
              store.open(name);
            })
        .satisfiesAnyOf(
            e -> assertThat(e).isInstanceOf(CorruptContentException.class),
            e ->
                assertThat(e)
                    .isInstanceOfSatisfying(
                        StorageException.class,
                        it -> {
                          assertThat(it.kind()).isEqualTo(StorageException.Kind.DAMAGED);
                          assertThat(it.path()).isEqualTo(home.resolve("small"));
                        }));
  }

  @Test
  void damageIsHealedUnderAReader() throws Exception {
    flip(file(), SIZE - 1);
    try (InputStream in = store.open(cid)) {
      in.readNBytes(Incoming.PIECE);
      store.put(new ByteArrayInputStream(bytes), Expected.ANYTHING);
      // The reader still has the old file open; it finds the damage, and then the new file.
      assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, Incoming.PIECE, SIZE));
    }
    assertThat(store.damaged()).isEmpty();
  }

  private interface Reading {
    Object read() throws IOException;
  }

  private void assertCorrupt(Reading reading) {
    assertThatThrownBy(reading::read)
        .isInstanceOfSatisfying(
            CorruptContentException.class, e -> assertThat(e.cid()).isEqualTo(cid))
        .hasMessageContaining(cid.toString());
  }

  private static long copy(InputStream in, ByteArrayOutputStream out) throws IOException {
    try (in) {
      return in.transferTo(out);
    }
  }

  private Path file() {
    return home.resolve("content")
        .resolve(HexFormat.of().toHexDigits(cid.digest()[0]))
        .resolve(cid.toString());
  }

  private Path list() {
    return file().resolveSibling(cid + ".pieces");
  }

  private static void flip(Path file, int at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 4)).rewind();
      channel.write(one, at);
    }
  }

  private static int find(byte[] in, byte[] what) {
    for (int at = 0; at + what.length <= in.length; at++) {
      if (Arrays.equals(in, at, at + what.length, what, 0, what.length)) {
        return at;
      }
    }
    return -1;
  }
}
