package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.secret.SecretName;
import org.promisegrid.sandbox.Cid;

/// Secrets, from the one who keeps them to the sandbox they come out in: who may use one, and that
/// it is found nowhere else.
final class SecretTest {

  private static final String PATH = "/run/secrets/db";
  private static final byte[] SECRET =
      "correct horse battery staple".getBytes(StandardCharsets.UTF_8);

  /// Shows that it has the secret, and not what it is.
  private static final Program DIGEST =
      it -> {
        byte[] secret = it.files().get(PATH);
        it.out()
            .write(
                (secret == null
                        ? "nothing"
                        : HexFormat.of().formatHex(Household.digest("SHA-256", secret)))
                    .getBytes(StandardCharsets.UTF_8));
        return 0;
      };

  private static final String SHOWN = HexFormat.of().formatHex(Household.digest("SHA-256", SECRET));

  @TempDir Path folder;

  private Household house;
  private Person owner;
  private Cid function;

  @BeforeEach
  void aFunctionThatWantsASecret() {
    house = new Household(folder.resolve("home"));
    owner = house.owner();
    function = owner.defines(DIGEST, shape -> shape.secret("db", PATH, false));
    assertThat(Household.kept(owner.keepsSecret("password", SECRET)).get("version"))
        .contains(Item.of(1));
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void theOwnerUsesASecretByItsName() {
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
  }

  @Test
  void whoHasATokenForTheFunctionAloneCantSlotTheSecret() {
    Person bob = owner.grants(Household.stranger(), grant -> grant.may(function));
    Reply refused = calls(bob, "password");
    assertThat(Household.reason(refused)).isEqualTo(Reason.ABSENT);
    // That there is none reads the same.
    Reply missing = calls(bob, "no-such-secret");
    assertThat(refused.payload()).isEqualTo(missing.payload());
  }

  @Test
  void whoHasATokenForBothCanAndPassesOnOneOrBoth() {
    Person bob =
        owner.grants(Household.stranger(), grant -> grant.may(function, secret("password")));
    assertThat(Household.text(calls(bob, "password"))).isEqualTo(SHOWN);
    Person carol = bob.grants(Household.stranger(), grant -> grant.may(function));
    assertThat(Household.reason(calls(carol, "password"))).isEqualTo(Reason.ABSENT);
    // Naming a secret in a token of one's own gives nobody what its giver hadn't.
    Person dave = carol.grants(Household.stranger(), it -> it.may(function, secret("password")));
    assertThat(Household.reason(calls(dave, "password"))).isEqualTo(Reason.ABSENT);
    Person erin = bob.grants(Household.stranger(), it -> it.may(function, secret("password")));
    assertThat(Household.text(calls(erin, "password"))).isEqualTo(SHOWN);
  }

  @Test
  void aTokenForOneSecretIsForNoOther() {
    Household.kept(owner.keepsSecret("other", SECRET));
    Person bob = owner.grants(Household.stranger(), it -> it.may(function, secret("other")));
    assertThat(Household.text(calls(bob, "other"))).isEqualTo(SHOWN);
    assertThat(Household.reason(calls(bob, "password"))).isEqualTo(Reason.ABSENT);
  }

  @Test
  void aBindingFillsASlotForWhoMayCallItsName() {
    owner.names("report", owner.binds(function, filled("password").build()));
    Cid ref = house.ref("report");
    Person bob = owner.grants(Household.stranger(), grant -> grant.may(ref));
    Reply reply = bob.asks(ref, Item.EMPTY, Input.none(), Household.nonce());
    assertThat(Household.text(reply)).isEqualTo(SHOWN);
    // He may not put another in its place.
    Household.kept(owner.keepsSecret("other", SECRET));
    Reply other =
        bob.asks(
            ref,
            Item.EMPTY,
            Input.none(),
            Household.nonce().toBuilder().slot("db", new Terms.Fill.Secret("other")).build());
    assertThat(Household.reason(other)).isEqualTo(Reason.ABSENT);
  }

  @Test
  void whoHasNoTokenForASecretCantBindIt() {
    Person bob =
        owner.grants(
            Household.stranger(),
            it ->
                it.may(
                    function,
                    Household.function("content.put"),
                    Household.function("ref.propose")));
    Cid binding = bob.binds(function, filled("password").build());
    Reply refused = bob.asks("ref.propose", Item.table().put("name", "mine").put("head", binding));
    assertThat(Household.reason(refused)).isEqualTo(Reason.ABSENT);
    assertThat(Household.reason(owner.asks("ref.get", Item.table().put("name", "mine"))))
        .isEqualTo(Reason.ABSENT);
  }

  @Test
  void aSlotIsFilledWithWhatFitsAndNotForgotten() {
    assertThat(Household.reason(owner.asks(function, Item.EMPTY, Input.none(), Household.nonce())))
        .isEqualTo(Reason.INVALID);
    assertThat(Household.reason(fills(function, "nowhere", new Terms.Fill.Secret("password"))))
        .isEqualTo(Reason.INVALID);
    assertThat(Household.reason(fills(function, "db", new Terms.Fill.Volume("password"))))
        .isEqualTo(Reason.UNSUPPORTED);
    assertThat(Household.reason(fills(function, "db", new Terms.Fill.Secret("../keys/node"))))
        .isEqualTo(Reason.INVALID);
    Cid optional = owner.defines(DIGEST, shape -> shape.secret("db", PATH, true));
    assertThat(Household.text(owner.asks(optional, Item.EMPTY, Input.none(), Household.nonce())))
        .isEqualTo("nothing");
    Cid pure = owner.defines(DIGEST, shape -> shape);
    assertThat(Household.reason(fills(pure, "db", new Terms.Fill.Secret("password"))))
        .isEqualTo(Reason.INVALID);
  }

  @Test
  void aSecretIsNotPartOfItsCallAndNotReadFromIt() {
    Reply inside =
        owner.asks(
            Household.function("secret.put"),
            Item.table().put("name", "inside").build(),
            new Input.Inline(SECRET),
            Terms.NONE);
    assertThat(inside.payload()).isInstanceOf(Payload.NotPromised.class);
    Reply large = owner.keepsSecret("large", new byte[SecretName.MOST_BYTES + 1]);
    assertThat(Household.reason(large)).isEqualTo(Reason.TOO_LARGE);
    assertThat(Household.reason(owner.keepsSecret("No Name", SECRET))).isEqualTo(Reason.INVALID);
    assertThat(names()).containsOnlyKeys("password");
    assertThat(Household.kept(owner.keepsSecret("largest", new byte[SecretName.MOST_BYTES])))
        .isNotNull();
    assertThat(Household.kept(owner.keepsSecret("empty", new byte[0]))).isNotNull();
    assertThat(names()).containsOnlyKeys("password", "largest", "empty");
  }

  @Test
  void aRemovedSecretIsGoneAndItsNameCanBeUsedAgain() {
    Household.kept(owner.asks("secret.remove", Item.table().put("name", "password")));
    assertThat(Household.reason(calls(owner, "password"))).isEqualTo(Reason.ABSENT);
    assertThat(files()).isEmpty();
    assertThat(Household.reason(owner.asks("secret.remove", Item.table().put("name", "password"))))
        .isEqualTo(Reason.ABSENT);
    Item.Table again = Household.kept(owner.keepsSecret("password", SECRET));
    assertThat(again.get("version")).contains(Item.of(2));
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
  }

  @Test
  void whatCantBeDeletedUndoesNoChangeAndIsDeletedAtAStartThatCan() throws IOException {
    Path secrets = house.home.resolve("secrets");
    // A folder that isn't empty can't be deleted, by root neither.
    Files.delete(secrets.resolve("password.1"));
    Files.createFile(Files.createDirectory(secrets.resolve("password.1")).resolve("in the way"));
    assertThat(Household.kept(owner.keepsSecret("password", SECRET)).get("version"))
        .contains(Item.of(2));
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);

    Files.delete(secrets.resolve("password.2"));
    Files.createFile(Files.createDirectory(secrets.resolve("password.2")).resolve("in the way"));
    Household.kept(owner.asks("secret.remove", Item.table().put("name", "password")));
    assertThat(Household.reason(calls(owner, "password"))).isEqualTo(Reason.ABSENT);

    house.restart();
    assertThat(secrets.resolve("password.1")).exists();
    house.restart(() -> {
      delete(secrets.resolve("password.1").resolve("in the way"));
      delete(secrets.resolve("password.2").resolve("in the way"));
    });
    assertThat(files()).isEmpty();
  }

  @Test
  void whatWasKeptIsThereAfterARestartAndAnIndexMadeAnew() throws IOException {
    Household.kept(owner.keepsSecret("password", new byte[] {1}));
    Household.kept(owner.keepsSecret("password", SECRET));
    house.restart(() -> delete(house.home.resolve("index")));
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
    assertThat(files()).containsExactly("password.3");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(house.home.resolve("keys/secrets.key"))))
        .isEqualTo("rw-------");
  }

  @Test
  void aFlippedBitIsFoundAndNamedAndPuttingItAgainHeals() throws IOException {
    Path file = house.home.resolve("secrets/password.1");
    byte[] whole = Files.readAllBytes(file);
    for (int bit : new int[] {3, 8 * 40, 8 * (whole.length / 2), 8 * whole.length - 1}) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, flipped);
      assertDamaged("password");
    }
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertDamaged("password");
    Files.delete(file);
    assertDamaged("password");
    house.restart();
    assertDamaged("password");
    Household.kept(owner.keepsSecret("password", SECRET));
    assertThat(names()).containsEntry("password", "");
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
  }

  @Test
  void anExchangedSecretAndOneTakenBackAreFound() throws IOException {
    Path secrets = house.home.resolve("secrets");
    byte[] first = Files.readAllBytes(secrets.resolve("password.1"));
    Household.kept(owner.keepsSecret("other", new byte[] {1, 2, 3}));
    byte[] other = Files.readAllBytes(secrets.resolve("other.1"));
    Files.write(secrets.resolve("password.1"), other);
    assertDamaged("password");
    Household.kept(owner.keepsSecret("password", SECRET));
    // The old version in the new one's place, and where it was.
    Files.write(secrets.resolve("password.2"), first);
    Files.write(secrets.resolve("password.1"), first);
    assertDamaged("password");
    house.restart();
    assertDamaged("password");
    assertThat(files()).containsExactly("other.1", "password.2");
  }

  @Test
  void aKeyThatIsGoneOrAnotherIsNamedWithEverySecret() throws IOException {
    Path key = house.home.resolve("keys/secrets.key");
    String line = Files.readString(key);
    house.restart(
        () -> write(key, line.replace(line.charAt(30), line.charAt(30) == 'A' ? 'B' : 'A')));
    assertDamaged("password");
    house.restart(() -> delete(key));
    assertDamaged("password");
    house.restart(() -> write(key, line));
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
  }

  @Test
  void sealingAnewChangesKeyAndFilesAndNothingElse() throws IOException {
    Path key = house.home.resolve("keys/secrets.key");
    String before = Files.readString(key);
    byte[] sealed = Files.readAllBytes(house.home.resolve("secrets/password.1"));
    Household.kept(owner.asks("secret.rekey", Item.table()));
    assertThat(Files.readString(key)).isNotEqualTo(before);
    assertThat(Files.readAllBytes(house.home.resolve("secrets/password.1"))).isNotEqualTo(sealed);
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
    house.restart();
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
  }

  @Test
  void sealingAnewThatIsCutShortAnywhereGoesOnAtTheNextStart() throws IOException {
    Household.kept(owner.keepsSecret("other", SECRET));
    Path key = house.home.resolve("keys/secrets.key");
    Path next = house.home.resolve("keys/secrets.key.next");
    Path secrets = house.home.resolve("secrets");
    String oldKey = Files.readString(key);
    Map<String, byte[]> old = contents(secrets);
    Household.kept(owner.asks("secret.rekey", Item.table()));
    String newKey = Files.readString(key);
    Map<String, byte[]> fresh = contents(secrets);
    // Cut off before the first file, between the two, and before the key took its place.
    for (int sealed = 0; sealed <= 2; sealed++) {
      int done = sealed;
      house.restart(() -> {
        write(key, oldKey);
        write(next, newKey);
        int at = 0;
        for (String name : old.keySet()) {
          write(
              secrets.resolve(name), Objects.requireNonNull((at++ < done ? fresh : old).get(name)));
        }
        write(secrets.resolve("other.1.new"), "cut off");
      });
      assertThat(next).doesNotExist();
      assertThat(Files.readString(key)).isEqualTo(newKey);
      assertThat(files()).containsExactly("other.1", "password.1");
      assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
      assertThat(Household.text(calls(owner, "other"))).isEqualTo(SHOWN);
    }
  }

  @Test
  void sealingAnewThatTheDiskEndsGoesOnWithBothKeysUntilItIsDone() throws IOException {
    Household.kept(owner.keepsSecret("other", SECRET));
    Path secrets = house.home.resolve("secrets");
    Path next = house.home.resolve("keys/secrets.key.next");
    String key = Files.readString(house.home.resolve("keys/secrets.key"));
    byte[] before = Files.readAllBytes(secrets.resolve("other.1"));
    // Nothing can be written where that is, by root neither: as on a full disk.
    Path blocking = secrets.resolve("password.1.new");
    Files.createFile(Files.createDirectory(blocking).resolve("in the way"));

    assertThat(rekeyed()).isFalse();
    assertThat(Files.readAllBytes(secrets.resolve("other.1"))).isNotEqualTo(before);
    assertThat(house.home.resolve("keys/secrets.key")).hasContent(key);
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
    assertThat(Household.text(calls(owner, "other"))).isEqualTo(SHOWN);
    // What is put meanwhile is with the new key, and nothing is worse than it was.
    Household.kept(owner.keepsSecret("third", SECRET));
    assertThat(next).exists();
    assertThat(Household.text(calls(owner, "third"))).isEqualTo(SHOWN);
    assertThat(rekeyed()).isFalse();

    delete(blocking);
    Household.kept(owner.keepsSecret("fourth", SECRET));
    assertThat(next).doesNotExist();
    house.restart();
    for (String name : List.of("password", "other", "third", "fourth")) {
      assertThat(Household.text(calls(owner, name))).isEqualTo(SHOWN);
    }
  }

  private boolean rekeyed() {
    return owner.asks("secret.rekey", Item.table()).payload() instanceof Payload.Kept;
  }

  @Test
  void anAgentStartsOnADiskThatIsStillFullAndSealsAnewOnceItIsNot() throws Exception {
    byte[] large = new byte[SecretName.MOST_BYTES];
    Household.kept(owner.keepsSecret("zoo", large));
    Path secrets = house.home.resolve("secrets");
    Path next = house.home.resolve("keys/secrets.key.next");
    Path ballast = folder.resolve("disk/ballast");
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk.toString()),
        "only root mounts a small disk");
    try {
      house.restart(() -> {
        Map<String, byte[]> all = contents(secrets);
        delete(secrets);
        try {
          Files.createDirectory(disk.resolve("secrets"));
          Files.createSymbolicLink(secrets, disk.resolve("secrets"));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        all.forEach((name, bytes) -> write(secrets.resolve(name), bytes));
      });
      // Room for the small one alone.
      Files.write(ballast, new byte[(int) (usable(disk) - 16_384)]);
      assertThat(rekeyed()).isFalse();
      house.restart();
      assertThat(next).exists();
      assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
      assertThat(names()).containsEntry("zoo", "").containsEntry("password", "");

      Files.delete(ballast);
      house.restart();
      assertThat(next).doesNotExist();
      assertThat(names()).containsEntry("zoo", "").containsEntry("password", "");
    } finally {
      house.close();
      assertThat(run("umount", disk.toString())).isTrue();
    }
  }

  private static long usable(Path disk) {
    return disk.toFile().getUsableSpace();
  }

  private static boolean run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor() == 0;
  }

  @Test
  void nothingIsPutOverAKeyThatIsDamaged() throws IOException {
    Path key = house.home.resolve("keys/secrets.key");
    String line = Files.readString(key);
    house.restart(() -> write(key, line.substring(0, 20)));
    Reply refused = owner.keepsSecret("other", SECRET);
    assertThat(Household.reason(refused)).isEqualTo(Reason.CONFLICT);
    assertThat(refused.payload().toString()).contains("secrets.key");
    assertThat(key).hasContent(line.substring(0, 20));
    house.restart(() -> write(key, line));
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
    Household.kept(owner.keepsSecret("other", SECRET));
  }

  @Test
  void sealingAnewWaitsUntilNothingIsDamaged() throws IOException {
    Files.write(house.home.resolve("secrets/password.1"), new byte[10]);
    assertThat(Household.reason(owner.asks("secret.rekey", Item.table())))
        .isEqualTo(Reason.CONFLICT);
    assertThat(house.home.resolve("keys/secrets.key.next")).doesNotExist();
  }

  @Test
  void aPutThatWasNeverAcknowledgedLeavesNothing() throws IOException {
    Path secrets = house.home.resolve("secrets");
    byte[] sealed = Files.readAllBytes(secrets.resolve("password.1"));
    house.restart(() -> {
      write(secrets.resolve("password.2"), sealed);
      write(secrets.resolve("never.1"), sealed);
      write(secrets.resolve("never.2.new"), sealed);
    });
    assertThat(files()).containsExactly("password.1");
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
  }

  @Test
  void itIsFoundNowhereInTheHome() throws IOException {
    assertThat(Household.text(calls(owner, "password"))).isEqualTo(SHOWN);
    Household.kept(owner.asks("secret.rekey", Item.table()));
    Household.kept(owner.keepsSecret("password", SECRET));
    house.close();
    List<byte[]> shapes =
        List.of(
            SECRET,
            HexFormat.of().formatHex(SECRET).getBytes(StandardCharsets.US_ASCII),
            Base64.getEncoder().withoutPadding().encode(SECRET));
    try (Stream<Path> all = Files.walk(house.home)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        for (byte[] shape : shapes) {
          assertThat(bytes)
              .as("%s", file)
              .doesNotContain(new String(shape, StandardCharsets.ISO_8859_1));
        }
      }
    }
    house = new Household(folder.resolve("another"));
  }

  private Terms.Builder filled(String secret) {
    return Terms.builder().slot("db", new Terms.Fill.Secret(secret));
  }

  private Reply calls(Person person, String secret) {
    return person.asks(
        function,
        Item.EMPTY,
        Input.none(),
        Household.nonce().toBuilder().slot("db", new Terms.Fill.Secret(secret)).build());
  }

  private Reply fills(Cid called, String slot, Terms.Fill fill) {
    return owner.asks(
        called, Item.EMPTY, Input.none(), Household.nonce().toBuilder().slot(slot, fill).build());
  }

  private Cid secret(String name) {
    return new SecretName(name).cid(house.kernel().node());
  }

  /// What is listed, with what is wrong with each.
  private Map<String, String> names() {
    Map<String, String> names = new TreeMap<>();
    Item.Table kept = owner.gets("secret.list", Item.table());
    for (Item line : ((Item.Array) kept.get("secrets").orElseThrow()).items()) {
      names.put(text((Item.Table) line, "name"), text((Item.Table) line, "damaged"));
    }
    return names;
  }

  private static String text(Item.Table table, String name) {
    return table.get(name).map(item -> ((Item.Text) item).value()).orElse("");
  }

  private void assertDamaged(String name) {
    assertThat(names().get(name)).contains("the secret " + name + " is damaged");
    Reply reply = calls(owner, name);
    assertThat(reply.payload()).isInstanceOf(Payload.NotPromised.class);
    assertThat(reply.payload().toString()).contains("the secret " + name + " is damaged");
  }

  private List<String> files() {
    return List.copyOf(contents(house.home.resolve("secrets")).keySet());
  }

  private static Map<String, byte[]> contents(Path directory) {
    Map<String, byte[]> all = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        all.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  private static void write(Path file, String text) {
    write(file, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path path) {
    try (Stream<Path> all = Files.walk(path)) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
