package org.promisegrid.kernel.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.sandbox.Cid;

@Timeout(600)
final class IndexTest {

  @TempDir Path temp;
  private Index index;

  @BeforeEach
  void open() {
    index = Index.open(temp.resolve("index"));
  }

  @AfterEach
  void close() {
    index.close();
  }

  @Test
  void changesHappenTogetherWithTheOffsetTheyBringItTo() {
    assertThat(index.applied()).isZero();

    index
        .write()
        .put(Table.REFS, bytes("a"), bytes("1"))
        .put(Table.TOKENS, bytes("a"), bytes("2"))
        .delete(Table.TOKENS, bytes("b"))
        .commit(17);
    index.close();
    open();

    assertThat(index.applied()).isEqualTo(17);
    assertThat(index.get(Table.REFS, bytes("a"))).contains(bytes("1"));
    assertThat(index.get(Table.TOKENS, bytes("a"))).contains(bytes("2"));
    assertThat(index.get(Table.TOKENS, bytes("b"))).isEmpty();
    assertThat(index.get(Table.USES, bytes("a"))).isEmpty();
  }

  @Test
  void whatIsNotCommittedDoesNotHappenAndNothingIsCommittedTwice() {
    Write write = index.write().put(Table.REFS, bytes("a"), bytes("1"));
    assertThat(index.get(Table.REFS, bytes("a"))).isEmpty();

    write.commit();

    assertThat(index.get(Table.REFS, bytes("a"))).isPresent();
    assertThat(index.applied()).isZero();
    assertThatThrownBy(() -> write.commit(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theJournalIsNotAppliedBackwards() {
    index.write().commit(17);
    index.write().put(Table.REFS, bytes("a"), bytes("1")).commit(17);

    assertThatThrownBy(() -> index.write().put(Table.REFS, bytes("b"), bytes("1")).commit(16))
        .isInstanceOf(IllegalStateException.class);

    assertThat(index.get(Table.REFS, bytes("b"))).isEmpty();
    assertThat(index.applied()).isEqualTo(17);
  }

  @Test
  void aScanSeesOnlyItsPrefixInOrder() {
    Write write = index.write();
    for (String key : List.of("a", "ab", "abc", "ac", "b", "a\u00ff")) {
      write.put(Table.REFS, bytes(key), bytes(key));
    }
    write.put(Table.REFS, new byte[] {(byte) 0xff, (byte) 0xff}, bytes("last"));
    write.put(Table.REF_LOG, bytes("abb"), bytes("elsewhere"));
    write.commit();

    assertThat(keys("ab", "ab")).containsExactly("ab", "abc");
    assertThat(keys("a", "abb")).containsExactly("abc", "ac", "a\u00ff");
    assertThat(keys("ac", "a")).containsExactly("ac");
    assertThat(keys("c", "c")).isEmpty();
    assertThat(index.list(Table.REFS, new byte[0], new byte[0], 100).entries()).hasSize(7);
    assertThat(index.list(Table.REFS, new byte[] {(byte) 0xff}, new byte[0], 5).entries())
        .hasSize(1);

    Index.Page page = index.list(Table.REFS, bytes("a"), bytes("a"), 2);
    assertThat(page.entries())
        .extracting(it -> new String(it.key(), UTF_8))
        .containsExactly("a", "ab");
    assertThat(page.more()).isTrue();
    assertThat(index.list(Table.REFS, bytes("ab"), bytes("ab"), 2).more()).isFalse();
  }

  @Test
  void manyKeysAreToldInTheirOrderWhereverTheyStand() {
    Write write = index.write();
    for (String key : List.of("a", "b", "c")) {
      write.put(Table.REFS, bytes(key), bytes(key));
    }
    write.commit(5);
    index.write().put(Table.REFS, bytes("b"), bytes("2")).delete(Table.REFS, bytes("c")).show(7);

    List<byte[]> keys = Stream.of("c", "b", "d", "a", "b").map(IndexTest::bytes).toList();
    assertThat(index.all(Table.REFS, keys))
        .extracting(value -> value.map(it -> new String(it, UTF_8)).orElse("-"))
        .containsExactly("-", "2", "-", "a", "2");
    assertThat(index.all(Table.REFS, List.of())).isEmpty();
  }

  @Test
  void whatIsShownIsSeenAtOnceAndWrittenWithItsOffset() {
    index.write().put(Table.REFS, bytes("kept"), bytes("1")).commit(5);
    index.write().put(Table.REFS, bytes("a"), bytes("2")).delete(Table.REFS, bytes("kept")).show(7);

    assertThat(index.get(Table.REFS, bytes("a"))).contains(bytes("2"));
    assertThat(index.get(Table.REFS, bytes("kept"))).isEmpty();
    assertThat(index.applied()).isEqualTo(5);

    index.close(); // as if it were killed
    open();
    assertThat(index.get(Table.REFS, bytes("a"))).isEmpty();
    assertThat(index.get(Table.REFS, bytes("kept"))).contains(bytes("1"));

    index.write().put(Table.REFS, bytes("a"), bytes("2")).delete(Table.REFS, bytes("kept")).show(7);
    Write write = index.write();
    assertThat(write.addShown(7)).isTrue();
    assertThat(write.addShown(8)).isFalse();
    write.commit(9);
    index.close();
    open();

    assertThat(index.get(Table.REFS, bytes("a"))).contains(bytes("2"));
    assertThat(index.get(Table.REFS, bytes("kept"))).isEmpty();
    assertThat(index.applied()).isEqualTo(9);
  }

  @Test
  void aScanPutsWhatIsShownInItsPlace() {
    Write write = index.write();
    for (String key : List.of("ab", "ad", "af", "b")) {
      write.put(Table.REFS, bytes(key), bytes("old"));
    }
    write.commit();
    index
        .write()
        .put(Table.REFS, bytes("aa"), bytes("new"))
        .put(Table.REFS, bytes("ad"), bytes("new"))
        .put(Table.REFS, bytes("ae"), bytes("new"))
        .put(Table.REFS, bytes("ag"), bytes("new"))
        .put(Table.REFS, bytes("c"), bytes("new"))
        .delete(Table.REFS, bytes("af"))
        .show(3);

    assertThat(keys("a", "a")).containsExactly("aa", "ab", "ad", "ae", "ag");
    assertThat(keys("a", "ac")).containsExactly("ad", "ae", "ag");
    assertThat(keys("c", "c")).containsExactly("c");
    assertThat(index.list(Table.REFS, bytes("a"), bytes("ac"), 2).entries())
        .extracting(it -> new String(it.value(), UTF_8))
        .containsExactly("new", "new");
    for (int most = 1; most < 5; most++) {
      assertThat(index.list(Table.REFS, bytes("a"), bytes("a"), most).more()).isTrue();
    }
    assertThat(index.list(Table.REFS, bytes("a"), bytes("a"), 5).more()).isFalse();
  }

  @Test
  void anOlderEntryNeverHidesANewerOne() {
    index.write().put(Table.REFS, bytes("a"), bytes("20")).show(20);
    index.write().put(Table.REFS, bytes("a"), bytes("10")).show(10);
    assertThat(index.get(Table.REFS, bytes("a"))).contains(bytes("20"));

    index.write().put(Table.REFS, bytes("a"), bytes("15")).commit(16);
    assertThat(index.get(Table.REFS, bytes("a"))).contains(bytes("20"));

    index.write().put(Table.REFS, bytes("a"), bytes("25")).commit(26);
    assertThat(index.get(Table.REFS, bytes("a"))).contains(bytes("25"));
  }

  @Test
  void whatIsShownIsSeenThroughoutWhileItIsWritten() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 1; i <= 300; i++) {
        byte[] key = bytes("key " + i);
        long offset = i;
        index.write().put(Table.CALLS, key, key).show(offset);
        Future<?> written =
            threads.submit(() -> {
              Write write = index.write();
              assertThat(write.addShown(offset)).isTrue();
              write.commit(offset + 1);
            });
        do {
          assertThat(index.get(Table.CALLS, key)).contains(key);
          assertThat(index.list(Table.CALLS, key, key, 2).entries()).isNotEmpty();
        } while (!written.isDone());
        written.get();
        assertThat(index.get(Table.CALLS, key)).contains(key);
      }
    }
  }

  @Test
  void otherHashesLeadToTheName() throws Exception {
    Cid cid = Cid.of(bytes("x"));
    Multihash sum = Multihash.parse("blake3:" + "07".repeat(32));
    Write write = index.write();
    AlsoKnown.add(write, sum, cid);
    AlsoKnown.add(write, Multihash.of(cid), cid);
    write.commit();

    assertThat(AlsoKnown.find(index, sum)).contains(cid);
    assertThat(AlsoKnown.find(index, Multihash.parse("blake3:" + "08".repeat(32)))).isEmpty();
    assertThat(AlsoKnown.find(index, Multihash.of(Cid.of(bytes("y")))))
        .contains(Cid.of(bytes("y")));
    assertThat(index.list(Table.ALSO_KNOWN, new byte[0], new byte[0], 5).entries()).hasSize(1);
  }

  @Test
  void manyWriteAndReadAtOnceWhileItIsClosed() throws Exception {
    List<Future<Integer>> done = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int t = 0; t < 8; t++) {
        int mine = t;
        done.add(
            threads.submit(() -> {
              for (int i = 0; ; i++) {
                byte[] key = bytes(mine + "/" + i);
                try {
                  index.write().put(Table.CALLS, key, key).commit();
                  assertThat(index.get(Table.CALLS, key)).contains(key);
                  index.scan(Table.CALLS, bytes(mine + "/"), (_, _) -> true);
                } catch (IllegalStateException e) {
                  return i;
                }
              }
            }));
      }
      while (index.get(Table.CALLS, bytes("0/20")).isEmpty()) {
        Thread.onSpinWait();
      }
      index.close();
    }
    open();

    for (int t = 0; t < 8; t++) {
      for (int i = 0; i < done.get(t).get() - 1; i++) {
        assertThat(index.get(Table.CALLS, bytes(t + "/" + i))).isPresent();
      }
    }
  }

  @Test
  void anIndexThatIsDamagedSaysWhereItIsAndCanBeDeleted() throws Exception {
    for (int i = 0; i < 1000; i++) {
      index.write().put(Table.REFS, bytes("k" + i), new byte[100]).commit(i);
    }
    index.close();
    Path directory = temp.resolve("index");
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith("MANIFEST")) {
          byte[] bytes = Files.readAllBytes(file);
          bytes[bytes.length / 2] ^= 1;
          Files.write(file, bytes);
        }
      }
    }

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(StorageException.Kind.DAMAGED);
              assertThat(e.path()).isEqualTo(directory);
            });
    delete(directory);
    open();
    assertThat(index.applied()).isZero();
  }

  @Test
  void aDatabaseThatLostAFileSaysSo() throws Exception {
    index.write().put(Table.REFS, bytes("a"), bytes("b")).commit(1);
    index.close();
    Files.delete(temp.resolve("index/CURRENT"));
    Files.writeString(temp.resolve("index/CURRENT"), "MANIFEST-999999\n");

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.DAMAGED));
  }

  private List<String> keys(String prefix, String from) {
    List<String> keys = new ArrayList<>();
    assertThat(
            index.scan(
                Table.REFS,
                bytes(prefix),
                bytes(from),
                (key, _) -> keys.add(new String(key, UTF_8))))
        .isTrue();
    return keys;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
