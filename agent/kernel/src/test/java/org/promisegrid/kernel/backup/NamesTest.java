package org.promisegrid.kernel.backup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.sandbox.Cid;

/// Every name that the agent and its commands give a file is one that a backup takes.
final class NamesTest {

  @Test
  void theLongestNamesAreTakenAndFitIntoAnEntry() {
    String key = "A".repeat(64);
    assertThat(KeyFile.isName(key)).isTrue();
    assertThat(KeyFile.isName(key + "A")).isFalse();
    assertThat(Names.isSealed("keys/" + key + ".pem")).isTrue();
    assertThat(Names.isSealed("keys/secrets.key.next")).isTrue();
    assertThat(Names.isSealed("tokens/" + Cid.of(new byte[1]) + ".token")).isTrue();
    String secret = "home/secrets/" + "s".repeat(64) + "." + Long.MAX_VALUE;
    assertThat(Names.isOpen(secret)).isTrue();
    assertThat(new Tar.Entry(secret, 1).name()).isEqualTo(secret);
  }

  @Test
  void whatLeadsElsewhereOrIsUnfinishedIsNot() {
    for (String name :
        new String[] {
          "keys/../x", "keys/.x", "keys/a/b", "keys/", "keys/a b", "keys/x.new", "x/a"
        }) {
      assertThat(Names.isSealed(name)).as(name).isFalse();
    }
    // Tokens in clear least of all.
    for (String name :
        new String[] {
          "home/tokens/a.token", "home/keys/a", "home/secrets/..", "home/secrets/a.new"
        }) {
      assertThat(Names.isOpen(name)).as(name).isFalse();
    }
  }
}
