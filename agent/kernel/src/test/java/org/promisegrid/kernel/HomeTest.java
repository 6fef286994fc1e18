package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HomeTest {

  @TempDir Path temporary;
  private Path home;

  @BeforeEach
  void name() {
    home = temporary.resolve("home");
  }

  private Home open() {
    return Home.open(home, InstantSource.system(), new SecureRandom());
  }

  private String made() {
    try (Home made = open()) {
      return made.key().did().toString();
    }
  }

  private void assertFails(HomeException.Kind kind, String saying) {
    assertThatThrownBy(this::open)
        .hasMessageContaining(saying)
        .isInstanceOfSatisfying(HomeException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static void loosen(Path folder) throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void aHomeKeepsItsIdentity() {
    assertThat(made()).isEqualTo(made());
  }

  @Test
  void aHomeWhoseKeyIsGoneGetsNoOther() throws IOException {
    made();
    Files.delete(home.resolve("keys/node.pem"));
    assertFails(HomeException.Kind.DAMAGED, "node.pem");
    assertThat(home.resolve("keys/node.pem")).doesNotExist();
  }

  @Test
  void neitherDoesOneWhoseLayoutIsGoneToo() throws IOException {
    made();
    Files.createFile(home.resolve("journal/00000000000000000000"));
    Files.delete(home.resolve("keys/node.pem"));
    Files.delete(home.resolve("layout"));
    assertFails(HomeException.Kind.DAMAGED, "node.pem");
  }

  @Test
  void oneThatWasBeingMadeWhenTheAgentWasKilledIsCompleted() throws IOException {
    made();
    Files.delete(home.resolve("layout"));
    Files.delete(home.resolve("keys/root.token"));
    Files.delete(home.resolve("keys/owner.pem"));
    made();
    assertThat(home.resolve("layout")).exists();
    assertThat(home.resolve("keys/root.token")).exists();
  }

  @Test
  void anOwnerWhoKeepsTheKeyElsewhereIsGivenNoOther() throws IOException {
    made();
    Files.delete(home.resolve("keys/owner.pem"));
    made();
    assertThat(home.resolve("keys/owner.pem")).doesNotExist();
  }

  @Test
  void anEmptyFolderThatOthersMayEnterIsClosedToThem() throws IOException {
    Files.createDirectory(home);
    loosen(home);
    made();
    assertThat(mode(home)).isEqualTo("rwx------");
  }

  @Test
  void soAreAHomeAndItsParts() throws IOException {
    made();
    loosen(home);
    loosen(home.resolve("keys"));
    loosen(home.resolve("journal"));
    made();
    assertThat(mode(home)).isEqualTo("rwx------");
    assertThat(mode(home.resolve("keys"))).isEqualTo("rwx------");
    assertThat(mode(home.resolve("journal"))).isEqualTo("rwx------");
  }

  @Test
  void aFolderOfOtherThingsIsNotChangedWithoutAsking() throws IOException {
    Files.createDirectory(home);
    Files.createFile(home.resolve("thesis.txt"));
    loosen(home);
    assertFails(HomeException.Kind.REFUSED, "thesis.txt");
    assertThat(mode(home)).isEqualTo("rwxr-xr-x");
  }

  @Test
  void aKeyThatOthersMayUseIsRefusedUntilItsOwnerSaidWhatIsToBe() throws IOException {
    made();
    for (String name : new String[] {"node.pem", "owner.pem"}) {
      Path key = home.resolve("keys").resolve(name);
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
      assertFails(HomeException.Kind.REFUSED, "chmod 600");
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }
    made();
  }

  @Test
  void whatIsNoFolderIsNoHomeAndHasNone() throws IOException {
    Files.writeString(home, "a file");
    assertFails(HomeException.Kind.REFUSED, "is no folder");
    Path file = home;
    home = file.resolve("home");
    assertFails(HomeException.Kind.REFUSED, file + " is no folder");
    assertThat(file).hasContent("a file");
  }

  @Test
  void aPartThatIsNoFolderIsRefused() throws IOException {
    made();
    Files.delete(home.resolve("tokens"));
    Files.writeString(home.resolve("tokens"), "a file");
    assertFails(HomeException.Kind.REFUSED, "tokens");
  }

  @Test
  void noDriverGetsAFolderOfTheKernel() throws IOException {
    try (Home made = open()) {
      assertThat(made.driver("wasm")).isEqualTo(home.resolve("wasm"));
      for (String name :
          new String[] {"keys", "journal", "content", "..", "a/b", "", "layout.new", "lock/x"}) {
        assertThatThrownBy(() -> made.driver(name)).isInstanceOf(HomeException.class);
      }
    }
  }
}
