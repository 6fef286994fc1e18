package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.promisegrid.driver.memory.MemoryDriverFactory;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;

/// A driver can read the secrets that its sandboxes are for, while they are there, and no others.
final class LendingTest {

  private final MemoryTarget target = Scene.target("one", 1);
  private final AtomicReference<Host> host = new AtomicReference<>();

  @Test
  void aSecretIsLentForASandboxThatNamesItAndNoLonger() throws Exception {
    try (Scene scene = new Scene(Scene.RARELY, 8, overheard())) {
      assertNotLent("db");
      AtomicReference<String> read = new AtomicReference<>();
      Form form =
          scene.program(
              it -> {
                assertNotLent("other");
                read.set(
                    new String(host.get().secrets().read("db"), StandardCharsets.UTF_8)
                        + new String(it.files().get("/run/db"), StandardCharsets.UTF_8));
                return 0;
              },
              target);
      Order order =
          scene.order(form).slots(Map.of("slot", new Filling.Secret("db", "/run/db"))).build();
      assertThat(DispatchTest.ended(scene.run(order)).judgement().kept()).isTrue();
      // The scene's secrets are what they are called.
      assertThat(read).hasValue("dbdb");
      assertNotLent("db");
    }
  }

  @Test
  void whatOpensARegistryIsGivenForThatRegistryAndNothingElse() throws Exception {
    try (Scene _ = new Scene(Scene.RARELY, 8, overheard())) {
      assertNotLent("registry-a.b_5000");
      assertThat(host.get().secrets().registry("a.b:5000"))
          .hasValueSatisfying(it -> assertThat(it).asString().isEqualTo("registry-a.b_5000"));
      assertNotLent("registry-a.b_5000");
    }
  }

  private void assertNotLent(String name) {
    assertThatThrownBy(() -> host.get().secrets().read(name))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining(name);
  }

  private SandboxDriverFactory overheard() {
    MemoryDriverFactory memory = new MemoryDriverFactory(target);
    return new SandboxDriverFactory() {
      @Override
      public String name() {
        return memory.name();
      }

      @Override
      public List<Target> targets(Map<String, String> settings) {
        return memory.targets(settings);
      }

      @Override
      public SandboxDriver open(Target on, Map<String, String> settings, Host lent) {
        host.set(lent);
        return memory.open(on, settings, lent);
      }
    };
  }
}
