package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.how;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.revoked;
import static org.promisegrid.kernel.Household.stranger;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.backup.Restore;
import org.promisegrid.kernel.backup.RestoreException;
import org.promisegrid.kernel.content.Database;
import org.promisegrid.kernel.journal.Disk;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;

/// A backup of a running agent makes the same node again, or is refused as a whole.
@Timeout(600)
final class BackupTest {

  private static final String SECRET = "correct horse battery";

  @TempDir Path folder;
  private Household house;
  private Person olga;

  @BeforeEach
  void open() {
    house = new Household(folder.resolve("home"));
    olga = house.owner();
  }

  @AfterEach
  void close() {
    house.close();
  }

  private byte[] backup(Item.TableBuilder params) throws IOException {
    Reply reply = olga.asks("agent.backup", params);
    Item.Table told = kept(reply);
    try (InputStream in = ((Follow.Bytes) reply.follow()).bytes()) {
      byte[] all = in.readAllBytes();
      assertThat(told.get("size")).contains(Item.of(all.length));
      assertThat(all).hasSize((int) ((Follow.Bytes) reply.follow()).size());
      return all;
    }
  }

  private byte[] backup() throws IOException {
    return backup(Item.table().put("passphrase", SECRET));
  }

  private Restore.Restored restore(byte[] archive, Path to, String secret) throws IOException {
    return Restore.restore(
        new ByteArrayInputStream(archive), to, Optional.of(secret), Optional.empty());
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  @Test
  void aRestoredHomeIsTheSameNodeWithAllThatItKnew() throws IOException {
    byte[] large = random(700_000);
    Cid cid = olga.puts(large);
    Cid shout = olga.defines(SHOUT, shape -> shape);
    olga.names("shout", shout);
    Cid ran = receipt(olga.asks(shout, Item.EMPTY, input("a"), Terms.NONE)).cid();
    Person alice = olga.grants(stranger(), it -> it.may(shout).at(Use.calls(3)));
    assertThat(how(alice.asks(shout, Item.EMPTY, input("a"), Terms.NONE)))
        .isEqualTo(Answer.How.CACHE);
    Person bob = olga.grants(stranger(), it -> it.may(shout));
    assertThat(how(bob.asks(shout, Item.EMPTY, input("a"), Terms.NONE)))
        .isEqualTo(Answer.How.CACHE);
    assertThat(kept(olga.asks("token.revoke", Item.table().put("token", bob.token())))).isNotNull();

    byte[] archive = backup();
    // What comes after that instant isn't in it, and does it no harm.
    Cid later = olga.puts("later");
    Path there = folder.resolve("there/home");
    Restore.Restored done = restore(archive, there, SECRET);

    assertThat(done.node()).isEqualTo(house.kernel().node().did());
    assertThat(done.keys()).isTrue();
    Household before = house;
    before.close();
    house = new Household(there);
    before.lend(house);
    Person again = house.owner();
    assertThat(again.did()).isEqualTo(olga.did());
    assertThat(again.reads(cid)).isEqualTo(large);
    assertThat(reason(again.asks("content.get", Item.table().put("cid", later))))
        .isEqualTo(Reason.ABSENT);
    Reply hit = again.asks(house.ref("shout"), Item.EMPTY, input("a"), Terms.NONE);
    assertThat(how(hit)).isEqualTo(Answer.How.CACHE);
    assertThat(receipt(hit).cid()).isEqualTo(ran);
    assertThat(revoked(bob.asks(shout, Item.EMPTY, input("b"), Terms.NONE))).isEqualTo(bob.token());
    assertThat(how(alice.asks(shout, Item.EMPTY, input("a"), Terms.NONE)))
        .isEqualTo(Answer.How.CACHE);
    assertThat(how(alice.asks(shout, Item.EMPTY, input("a"), Terms.NONE)))
        .isEqualTo(Answer.How.CACHE);
    assertThat(reason(alice.asks(shout, Item.EMPTY, input("a"), Terms.NONE)))
        .isEqualTo(Reason.EXHAUSTED);
    assertThat(kept(again.asks("audit.verify", Item.table()))).isNotNull();
  }

  @Test
  void withoutAPassphraseNoKeyGoesAlong() throws IOException {
    String node =
        Files.readString(folder.resolve("home/keys/node.pem")).lines().skip(1).findFirst().get();
    byte[] open = backup(Item.table());
    assertThat(new String(open, StandardCharsets.ISO_8859_1)).doesNotContain(node);
    assertThat(new String(backup(), StandardCharsets.ISO_8859_1)).doesNotContain(node);

    Path there = folder.resolve("there");
    Restore.Restored done =
        Restore.restore(new ByteArrayInputStream(open), there, Optional.empty(), Optional.empty());

    assertThat(done.keys()).isFalse();
    assertThat(there.resolve("keys")).doesNotExist();
    assertThatThrownBy(() -> new Household(there)).isInstanceOf(HomeException.class);
    Files.createDirectory(there.resolve("keys"));
    for (String key : new String[] {"node.pem", "owner.pem", "root.token"}) {
      Files.copy(folder.resolve("home/keys").resolve(key), there.resolve("keys").resolve(key));
    }
    new Household(there).close();
  }

  @Test
  void whatIsCutOffChangedOrSealedOtherwiseIsRefusedAndNothingIsThere() throws IOException {
    var _ = olga.puts(random(100_000));
    byte[] archive = backup();
    Path there = folder.resolve("there");
    for (int length = 0; length < archive.length; length += 7777) {
      refused(Arrays.copyOf(archive, length), there);
    }
    refused(Arrays.copyOf(archive, archive.length - 1), there);
    refused(Arrays.copyOf(archive, archive.length + 1), there);
    // Of some file: its name, the sum of its header with what follows, its bytes. Of the end: the
    // padding behind the manifest, the manifest's last byte, the end itself. TarTest and
    // ManifestTest flip every bit.
    int manifest = archive.length - 1024 - 512;
    int line = manifest;
    while (archive[line] != '\n' || archive[line + 1] != 0) {
      line++;
    }
    for (int at :
        new int[] {
          0,
          154,
          155,
          512,
          600,
          archive.length / 2,
          line - 1,
          line,
          line + 1,
          archive.length - 1024,
          archive.length - 1
        }) {
      for (int bit = 0; bit < 8; bit += 5) {
        byte[] changed = archive.clone();
        changed[at] ^= (byte) (1 << bit);
        refused(changed, there);
      }
    }
    assertThatThrownBy(() -> restore(archive, there, "another passphrase"))
        .isInstanceOf(RestoreException.class);
    assertThatThrownBy(() ->
            Restore.restore(
                new ByteArrayInputStream(archive), there, Optional.empty(), Optional.empty()))
        .isInstanceOf(RestoreException.class);
    assertThat(there).doesNotExist();
  }

  private void refused(byte[] archive, Path there) throws IOException {
    assertThatThrownBy(() -> restore(archive, there, SECRET)).isInstanceOf(RestoreException.class);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(folder.resolve("home"));
    }
  }

  @Test
  void whatOthersWriteIntoTheHomeGoesAlongOrIsNamed() throws IOException {
    Path keys = house.home.resolve("keys");
    Path tokens = Files.createDirectories(house.home.resolve("tokens"));
    String token = "a bearer's token, which whoever reads it may use";
    String name = Cid.of(new byte[] {1}) + ".token";
    Files.writeString(tokens.resolve(name), token);
    // What a killed command leaves.
    Files.writeString(tokens.resolve("." + name + "." + UUID.randomUUID()), token);
    Files.writeString(keys.resolve("root.token.new"), "unfinished");
    String longest = "Z".repeat(64) + ".pem";
    for (String key : new String[] {"Alice.pem", longest}) {
      Files.copy(keys.resolve("owner.pem"), keys.resolve(key));
    }

    byte[] archive = backup();
    byte[] open = backup(Item.table());
    for (byte[] each : new byte[][] {archive, open}) {
      assertThat(new String(each, StandardCharsets.ISO_8859_1)).doesNotContain(token, name);
    }
    Path there = folder.resolve("there");
    assertThat(restore(archive, there, SECRET).keys()).isTrue();
    assertThat(there.resolve("tokens").resolve(name)).hasContent(token);
    assertThat(there.resolve("keys/Alice.pem")).hasSameBinaryContentAs(keys.resolve("owner.pem"));
    assertThat(there.resolve("keys").resolve(longest)).exists();
    assertThat(there.resolve("keys/root.token.new")).doesNotExist();

    Path odd = Files.writeString(keys.resolve("my key.pem"), "odd");
    Reply refused = olga.asks("agent.backup", Item.table().put("passphrase", SECRET));
    assertThat(reason(refused)).isEqualTo(Reason.CONFLICT);
    assertThat(refused.payload().toString()).contains("my key.pem");
    assertThat(backup(Item.table())).isNotEmpty();
    Files.delete(odd);
    assertThat(backup()).isNotEmpty();
  }

  @Test
  void whatChangesWhileItIsReadIsThereAsItWas() throws IOException {
    byte[] value = random(1000);
    for (String name : new String[] {"first", "gone", "second"}) {
      Household.kept(olga.keepsSecret(name, value));
    }
    Path properties = Files.writeString(house.home.resolve("agent.properties"), "# before\n");
    Path key =
        Files.copy(house.home.resolve("keys/owner.pem"), house.home.resolve("keys/Alice.pem"));
    Reply reply = olga.asks("agent.backup", Item.table().put("passphrase", SECRET));
    byte[] archive;
    try (InputStream in = ((Follow.Bytes) reply.follow()).bytes()) {
      kept(olga.asks("secret.rekey", Item.table()));
      kept(olga.keepsSecret("first", new byte[] {1}));
      kept(olga.asks("secret.remove", Item.table().put("name", "gone")));
      kept(olga.keepsSecret("new", new byte[] {2}));
      Files.writeString(properties, "# after, and longer than it was before\n");
      Files.delete(key);
      archive = in.readAllBytes();
    }
    Path there = folder.resolve("there");
    assertThat(restore(archive, there, SECRET).keys()).isTrue();
    assertThat(there.resolve("agent.properties")).hasContent("# before\n");
    assertThat(there.resolve("keys/Alice.pem")).exists();
    Household before = house;
    before.close();
    house = new Household(there);
    before.lend(house);
    String secrets = house.owner().gets("secret.list", Item.table()).toString();
    assertThat(secrets)
        .contains("first", "gone", "second")
        .doesNotContain("new")
        .doesNotContain("damaged");
    try (Stream<Path> files = Files.list(there.resolve("secrets"))) {
      assertThat(files.map(it -> String.valueOf(it.getFileName())))
          .containsExactlyInAnyOrder("first.1", "gone.1", "second.1");
    }
  }

  @Test
  void segmentsThatAreArchivedMeanwhileAreAllThere() throws IOException {
    house.close();
    house = new Household(folder.resolve("home"), 2048, Disk.real(), new MemoryTarget("one"));
    olga = house.owner();
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 10; j++) {
        var _ = olga.puts("content " + i + " " + j);
      }
      byte[] archive = backup();
      Path there = folder.resolve("there" + i);
      assertThat(restore(archive, there, SECRET).keys()).isTrue();
      try (Stream<Path> files = Files.list(there.resolve("journal"))) {
        assertThat(files).hasSizeGreaterThan(i);
      }
      Household before = house;
      before.close();
      house = new Household(there, 2048, Disk.real(), new MemoryTarget("one"));
      olga = house.owner();
      assertThat(kept(olga.asks("audit.verify", Item.table()))).isNotNull();
    }
  }

  @Test
  void anothersBackupIsRefusedIfItIsSaidWhoseItMustBe() throws Exception {
    byte[] archive = backup(Item.table());
    Path there = folder.resolve("there");
    Did node = Did.parse(house.kernel().node().did());
    Did other = olga.did();
    assertThatThrownBy(() ->
            Restore.restore(
                new ByteArrayInputStream(archive), there, Optional.empty(), Optional.of(other)))
        .isInstanceOf(RestoreException.class)
        .hasMessageContainingAll(node.toString(), other.toString());
    // One whose keys were taken out isn't taken for one that has them.
    assertThatThrownBy(() -> restore(archive, there, SECRET))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("no keys");
    assertThat(there).doesNotExist();
    assertThat(
            Restore.restore(
                    new ByteArrayInputStream(archive), there, Optional.empty(), Optional.of(node))
                .node())
        .isEqualTo(node.toString());
  }

  @Test
  void namesThatLeadElsewhereAreRefused() throws IOException {
    byte[] archive = backup();
    for (String name :
        new String[] {
          "home/../../evil",
          "/etc/evil",
          "home/tokens/a.token",
          "home/journal/../x",
          "home/keys/node.pem",
          "evil"
        }) {
      byte[] changed = archive.clone();
      rename(changed, name);
      refused(changed, folder.resolve("there"));
    }
  }

  /// Gives the second file another name, with the sum that goes with it.
  private static void rename(byte[] archive, String name) {
    int at = 512;
    while (archive[at] == 0
        || !new String(archive, at, 5, StandardCharsets.US_ASCII).equals("home/")) {
      at += 512;
    }
    Arrays.fill(archive, at, at + 100, (byte) 0);
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, archive, at, bytes.length);
    Arrays.fill(archive, at + 148, at + 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += archive[at + i] & 0xff;
    }
    byte[] digits = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, archive, at + 148, digits.length);
  }

  @Test
  void whatRootRestoresIsOfTheOwnerOfTheFolderThatWasThere() throws IOException {
    Path there = Files.createDirectory(folder.resolve("there"));
    assumeTrue(Files.getAttribute(there, "unix:uid").equals(0), "only root can give files away");
    Files.setAttribute(there, "unix:gid", 54_322);
    Files.setAttribute(there, "unix:uid", 54_321);

    restore(backup(), there, SECRET);

    try (Stream<Path> all = Files.walk(there)) {
      for (Path each : all.toList()) {
        assertThat(Files.readAttributes(each, "unix:uid,gid"))
            .as("%s", each)
            .containsEntry("uid", 54_321)
            .containsEntry("gid", 54_322);
      }
    }
    assertThat(there.resolve("keys/node.pem")).exists();
  }

  @Test
  void nothingIsRestoredOverWhatIsThere() throws IOException {
    byte[] archive = backup();
    Path there = Files.createDirectory(folder.resolve("there"));
    Path file = Files.writeString(there.resolve("mine"), "mine");
    assertThatThrownBy(() -> restore(archive, there, SECRET))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("isn't empty");
    assertThat(file).hasContent("mine");
    Files.delete(file);
    assertThat(restore(archive, there, SECRET).keys()).isTrue();
  }

  @Test
  void nothingIsCollectedUntilItWasRead() throws IOException {
    Reply reply = olga.asks("agent.backup", Item.table());
    InputStream bytes = ((Follow.Bytes) reply.follow()).bytes();
    for (String late : List.of("agent.gc", "agent.backup")) {
      Reply refused = olga.asks(late, Item.table());
      assertThat(reason(refused)).isEqualTo(Reason.CONFLICT);
      assertThat(refused.payload().toString()).contains("a backup is under way since 2");
    }
    assertThat(olga.puts("meanwhile")).isNotNull();

    bytes.close();

    assertThat(kept(olga.asks("agent.gc", Item.table()))).isNotNull();
    try (Stream<Path> left = Files.list(house.home.resolve("scratch"))) {
      assertThat(left).isEmpty();
    }
    // What a killed agent left is removed at the next start.
    house.restart(() -> {
      try {
        Files.createDirectories(house.home.resolve("scratch/backup-left/small"));
        Files.write(house.home.resolve("scratch/backup-left/small/1.sst"), new byte[10]);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
    try (Stream<Path> left = Files.list(house.home.resolve("scratch"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aDamagedFileOfTheDatabaseIsNamedAndNoBackupIsMade() throws IOException {
    for (int i = 0; i < 10; i++) {
      var _ = olga.puts(random(20_000));
    }
    house.restart(); // which brings it into a file
    Path file;
    try (Stream<Path> files = Files.list(house.home.resolve("small"))) {
      file =
          files
              .filter(it -> it.toString().endsWith(".sst"))
              .max(Comparator.comparingLong(it -> it.toFile().length()))
              .orElseThrow();
    }
    byte[] whole = Files.readAllBytes(file);
    for (int part = 0; part < 8; part++) {
      byte[] bytes = whole.clone();
      bytes[whole.length / 8 * part + 50] ^= (byte) (1 << part);
      Files.write(file, bytes);
      String detail = refusedBackup();
      assertThat(detail).contains(String.valueOf(file.getFileName()));
    }
    Files.write(file, whole);
    assertThat(restore(backup(), folder.resolve("there"), SECRET).keys()).isTrue();
  }

  @Test
  void smallContentThatIsNotWhatItsNameSaysIsNamedUntilItIsPutAgain() throws IOException {
    byte[] bytes = random(1000);
    Cid cid = olga.puts(bytes);
    house.restart(() -> {
      byte[] wrong = bytes.clone();
      wrong[500] ^= 1;
      try (Database small =
          Database.open(
              house.home.resolve("small"), Set.of("content"), Database.Durability.SYNCED)) {
        small.put("content", cid.digest(), wrong);
      }
    });
    assertThat(refusedBackup()).contains(cid.toString(), "put it again");
    assertThat(olga.puts(bytes)).isEqualTo(cid);
    assertThat(restore(backup(), folder.resolve("there"), SECRET).keys()).isTrue();
  }

  @Test
  void aDamagedSegmentOfTheJournalIsNamedAndNoBackupIsMade() throws IOException {
    house.close();
    house = new Household(folder.resolve("home"), 1 << 20, Disk.real(), new MemoryTarget("one"));
    olga = house.owner();
    var _ = olga.puts("content");
    Path file = house.home.resolve("journal/00000000000000000000");
    int length = Math.toIntExact(number(kept(olga.asks("audit.verify", Item.table())), "sealed"));
    // What the target tells of itself may come behind that at any time.
    byte[] whole = Files.readAllBytes(file);
    for (int part = 0; part < 8; part++) {
      int at = length / 8 * part + 20;
      flip(file, at, 1 << part);
      assertThat(refusedBackup()).contains(String.valueOf(file.getFileName()));
      flip(file, at, 1 << part);
    }
    assertThat(Arrays.copyOf(Files.readAllBytes(file), length))
        .isEqualTo(Arrays.copyOf(whole, length));
    assertThat(restore(backup(), folder.resolve("there"), SECRET).keys()).isTrue();
  }

  private static long number(Item.Table table, String name) {
    return ((Item.Int) table.get(name).orElseThrow()).value();
  }

  /// In place: the agent has it open.
  private static void flip(Path file, int at, int bit) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      int before = bytes.read();
      bytes.seek(at);
      bytes.write(before ^ bit);
    }
  }

  /// What is said where none is made; nothing is left of it.
  private String refusedBackup() throws IOException {
    Reply reply = olga.asks("agent.backup", Item.table());
    assertThat(reason(reply)).isEqualTo(Reason.CONFLICT);
    try (Stream<Path> left = Files.list(house.home.resolve("scratch"))) {
      assertThat(left).isEmpty();
    }
    return Household.detail(reply);
  }

  @Test
  void damagedContentEndsABackupAndIsLeftOutOfTheNext() throws IOException {
    Cid cid = olga.puts(random(300_000));
    Path file;
    try (Stream<Path> files = Files.walk(house.home.resolve("content"))) {
      file = files.filter(it -> it.endsWith(cid.toString())).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[150_000] ^= 1;
    Files.write(file, bytes);

    Reply reply = olga.asks("agent.backup", Item.table());
    try (InputStream in = ((Follow.Bytes) reply.follow()).bytes()) {
      assertThatThrownBy(() -> in.transferTo(new ByteArrayOutputStream()))
          .hasMessageContaining(cid.toString());
    }

    Reply next = olga.asks("agent.backup", Item.table().put("passphrase", SECRET));
    assertThat(kept(next).toString()).contains(cid.toString());
    byte[] archive;
    try (InputStream in = ((Follow.Bytes) next.follow()).bytes()) {
      archive = in.readAllBytes();
    }
    assertThat(restore(archive, folder.resolve("there"), SECRET).keys()).isTrue();
  }
}
