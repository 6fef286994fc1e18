package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// A start that fails says why, and holds on to nothing.
@Timeout(600)
final class FailedStartTest {

  @TempDir Path home;

  @Test
  void onceADamagedJournalIsMendedTheSameProcessCanStart() throws Exception {
    Cid kept;
    try (Household household = new Household(home)) {
      kept = household.owner().puts("kept");
    }
    Path journal = home.resolve("journal/00000000000000000000");
    byte[] whole = Files.readAllBytes(journal);
    byte[] damaged = whole.clone();
    damaged[whole.length / 2] ^= 1;
    Files.write(journal, damaged);
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> new Household(home))
          .isInstanceOfSatisfying(
              HomeException.class, e -> assertThat(e.kind()).isEqualTo(HomeException.Kind.DAMAGED));
    }
    Files.write(journal, whole);

    try (Household household = new Household(home)) {
      assertThat(household.owner().reads(kept)).asString().isEqualTo("kept");
    }
  }

  @Test
  void theKeyOfSecretsThatOthersMayUseIsRefused() throws Exception {
    try (Household household = new Household(home)) {
      Household.kept(household.owner().keepsSecret("db", new byte[] {1}));
    }
    Path key = home.resolve("keys/secrets.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw----r--"));
    assertThatThrownBy(() -> new Household(home))
        .isInstanceOfSatisfying(
            HomeException.class, e -> assertThat(e.kind()).isEqualTo(HomeException.Kind.REFUSED))
        .hasMessageContainingAll("secrets.key", "chmod 600");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));

    new Household(home).close();
  }

  @Test
  void anIndexThatIsAheadOfAJournalFromABackupIsMadeAnew() throws Exception {
    Path journal = home.resolve("journal/00000000000000000000");
    try (Household household = new Household(home)) {
      household.owner().puts("before the backup");
    }
    byte[] backup = Files.readAllBytes(journal);
    try (Household household = new Household(home)) {
      household.owner().names("a/later", household.owner().puts("after it"));
    }
    Files.write(journal, backup);

    try (Household household = new Household(home)) {
      Household.Person owner = household.owner();
      assertThat(Household.reason(owner.asks("ref.get", Item.table().put("name", "a/later"))))
          .isEqualTo(Answer.Reason.ABSENT);
      owner.names("a/new", owner.puts("new"));
    }
  }
}
