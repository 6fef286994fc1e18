package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;

/// Directories become trees and trees become directories, whoever made them.
@Timeout(600)
final class TreeFilesTest {

  @TempDir Path temp;
  private ContentStore store;
  private TreePacker packer;
  private TreeUnpacker unpacker;

  @BeforeEach
  void open() {
    store = ContentStore.open(temp.resolve("home"));
    packer = new TreePacker((in, size) -> store.put(in, Expected.ANYTHING.size(size)));
    unpacker = new TreeUnpacker(store, TreeUnpacker.Limits.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void aDirectoryComesBackAsItWas() throws Exception {
    Path from = sample("from");
    Path to = temp.resolve("to");

    Tree.Directory packed = packer.pack(from);
    unpacker.unpack(packed.cid(), to, false);

    assertThat(listing(to)).isEqualTo(listing(from));
    assertThat(packer.pack(to)).isEqualTo(packed);
    assertThat(packed.size()).isEqualTo(5 + 2 + 300_000 + 11 + "deep/er/leaf".length());
    assertThat(Files.getPosixFilePermissions(to.resolve("run")))
        .contains(PosixFilePermission.OWNER_EXECUTE);
    assertThat(temp.toFile().list()).containsExactlyInAnyOrder("home", "from", "to");
  }

  @Test
  void equalDirectoriesHaveEqualNamesHoweverTheyCameToBe() throws Exception {
    Path one = Files.createDirectory(temp.resolve("one"));
    Path two = Files.createDirectory(temp.resolve("two"));
    for (int i = 0; i < 50; i++) {
      Files.writeString(one.resolve("f" + i), "x" + i);
      Files.writeString(two.resolve("f" + (49 - i)), "x" + (49 - i));
    }
    assertThat(packer.pack(one)).isEqualTo(packer.pack(two));

    Files.writeString(two.resolve("f0"), "other");
    assertThat(packer.pack(one).cid()).isNotEqualTo(packer.pack(two).cid());
  }

  @Test
  void whatIsThereAlreadyStaysUnlessAsked() throws Exception {
    Cid root = packer.pack(sample("from")).cid();
    Path to = Files.createDirectory(temp.resolve("to"));
    Files.writeString(to.resolve("mine"), "mine");
    Files.writeString(to.resolve("run"), "mine too");

    assertThatThrownBy(() -> unpacker.unpack(root, to, false))
        .isInstanceOf(TreeException.class)
        .hasMessageContaining("run");
    assertThat(to.resolve("run")).hasContent("mine too");

    unpacker.unpack(root, to, true);

    assertThat(to.resolve("run")).hasContent("#!");
    assertThat(to.resolve("mine")).hasContent("mine");
    unpacker.unpack(root, to, true);
    assertThat(to.resolve("latest")).isSymbolicLink();
  }

  @Test
  void aLinkThatStandsInTheWayIsReplacedNotFollowed() throws Exception {
    Cid root = packer.pack(sample("from")).cid();
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.writeString(outside.resolve("precious"), "precious");
    Path to = Files.createDirectory(temp.resolve("to"));
    Files.createSymbolicLink(to.resolve("run"), outside.resolve("precious"));

    unpacker.unpack(root, to, true);

    assertThat(to.resolve("run")).isRegularFile().hasContent("#!");
    assertThat(outside.resolve("precious")).hasContent("precious");
    Path other = Files.createDirectory(temp.resolve("other"));
    Files.createSymbolicLink(other.resolve("deep"), outside);
    assertThatThrownBy(() -> unpacker.unpack(root, other, true))
        .isInstanceOf(TreeException.class)
        .hasMessageContaining("in the way");
    assertThat(outside.toFile().list()).containsExactly("precious");
  }

  @ParameterizedTest
  @CsvSource({
    "x, 0, true",
    "./x, 0, true",
    "x/y/../z, 3, false",
    ".., 0, false",
    ".., 1, true",
    "../x, 1, true",
    "../../x, 1, false",
    "../../x, 2, true",
    "x/.., 1, false",
    "/, 5, false",
    "/etc/passwd, 5, false",
    "//etc, 5, false",
    "./../x, 0, false",
    "..//../x, 1, false",
    "...., 0, true"
  })
  void onlyLinksThatLeadInsideAreMade(String target, int depth, boolean inside) throws Exception {
    assertThat(TreeUnpacker.staysInside(target, depth)).isEqualTo(inside);
    SortedMap<String, Tree.Entry> entries = new TreeMap<>();
    entries.put("link", new Tree.Symlink(target));
    Tree.Directory at = put(entries);
    for (int i = 0; i < depth; i++) {
      entries.clear();
      entries.put("d", at);
      at = put(entries);
    }
    Cid root = at.cid();
    Path to = temp.resolve("to");
    if (inside) {
      unpacker.unpack(root, to, false);
      assertThat(Files.isSymbolicLink(to.resolve("d/".repeat(depth) + "link"))).isTrue();
    } else {
      assertThatThrownBy(() -> unpacker.unpack(root, to, false)).isInstanceOf(TreeException.class);
      assertThat(to).doesNotExist();
      assertThat(temp.toFile().list()).containsExactly("home");
    }
  }

  @Test
  void aFewKilobytesThatStandForCountlessFilesAreStopped() throws Exception {
    SortedMap<String, Tree.Entry> entries = new TreeMap<>();
    entries.put("leaf", new Tree.File(store.put(new byte[1]).cid(), 1, false));
    Tree.Directory at = put(entries);
    for (int i = 0; i < 40; i++) {
      entries.clear();
      entries.put("a", at);
      entries.put("b", at);
      at = put(entries);
    }
    Cid root = at.cid();

    for (TreeUnpacker.Limits limits :
        List.of(
            new TreeUnpacker.Limits(64, 100, Long.MAX_VALUE),
            new TreeUnpacker.Limits(20, 1_000_000, Long.MAX_VALUE),
            new TreeUnpacker.Limits(64, 1_000_000, 3))) {
      assertThatThrownBy(
              () -> new TreeUnpacker(store, limits).unpack(root, temp.resolve("to"), false))
          .isInstanceOf(TreeException.class);
      assertThat(temp.toFile().list()).containsExactly("home");
    }
  }

  @Test
  void aSizeThatIsNotTrueIsRefused() throws Exception {
    Cid content = store.put(new byte[100]).cid();
    for (int size : new int[] {0, 99, 101}) {
      SortedMap<String, Tree.Entry> entries = new TreeMap<>();
      entries.put("file", new Tree.File(content, size, false));
      Cid root = put(entries).cid();
      assertThatThrownBy(() -> unpacker.unpack(root, temp.resolve("to"), false))
          .isInstanceOf(TreeException.class);
    }
  }

  @Test
  void aSourceThatLiesIsFoundOut() throws Exception {
    Cid root = packer.pack(sample("from")).cid();
    ContentSource liar =
        new ContentSource() {
          @Override
          public InputStream open(Cid cid) throws IOException {
            byte[] bytes = store.read(cid, 1 << 20);
            if (!cid.equals(root)) {
              bytes[bytes.length / 2] ^= 1;
            }
            return new ByteArrayInputStream(bytes);
          }

          @Override
          public long size(Cid cid) throws IOException {
            return store.size(cid);
          }
        };

    assertThatThrownBy(() ->
            new TreeUnpacker(liar, TreeUnpacker.Limits.DEFAULT)
                .unpack(root, temp.resolve("to"), false))
        .isInstanceOf(CorruptContentException.class);
    assertThat(temp.resolve("to")).doesNotExist();
  }

  @Test
  void whatIsNeitherFileNorDirectoryNorLinkIsRefused() throws Exception {
    Path from = Files.createDirectory(temp.resolve("from"));
    assertThat(new ProcessBuilder("mkfifo", from.resolve("pipe").toString()).start().waitFor())
        .isZero();

    assertThatThrownBy(() -> packer.pack(from))
        .isInstanceOf(TreeException.class)
        .hasMessageContaining("pipe");
  }

  private Path sample(String name) throws IOException {
    Path from = Files.createDirectory(temp.resolve(name));
    Files.writeString(from.resolve("hello"), "hello");
    Files.writeString(from.resolve("run"), "#!");
    Files.setPosixFilePermissions(
        from.resolve("run"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(from.resolve("deep/er/empty"));
    Files.write(from.resolve("deep/er/leaf"), ContentStoreTest.bytes(300_000));
    Files.writeString(from.resolve("deep/größe ☃ %41?"), "odd letters");
    Files.createSymbolicLink(from.resolve("latest"), Path.of("deep/er/leaf"));
    return from;
  }

  private Tree.Directory put(SortedMap<String, Tree.Entry> entries) {
    Tree tree = new Tree(entries);
    return new Tree.Directory(store.put(tree.message().bytes()).cid(), 0);
  }

  private static List<String> listing(Path root) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        String name = root.relativize(file).toString();
        if (Files.isSymbolicLink(file)) {
          lines.add(name + " -> " + Files.readSymbolicLink(file));
        } else if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          lines.add(name + "/");
        } else {
          lines.add(name + " " + Cid.of(Files.readAllBytes(file)) + " " + Files.isExecutable(file));
        }
      }
    }
    lines.sort(null);
    return lines;
  }
}
