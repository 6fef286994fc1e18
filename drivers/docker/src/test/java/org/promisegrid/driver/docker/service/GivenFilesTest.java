package org.promisegrid.driver.docker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.tck.TestHost;
import org.promisegrid.tck.TestSecrets;

/// What is left of a start at which the engine fails to remove what it was done with. No real one
/// fails when it should, so that it is a [FakeEngine].
@Timeout(60)
final class GivenFilesTest {

  private static final SandboxId ID = new SandboxId("given-1");
  private static final String DOING = "starting it";
  private static final NodeId NODE = new NodeId("did:key:zGiven");
  private static final Map<String, String> LABELS =
      new Given(new FileOwner(0, 0), List.of(), List.of("key")).labels();

  @TempDir Path folder;

  private FakeEngine fake;
  private Engine engine;
  private GivenFiles given;

  @BeforeEach
  void begin() throws Exception {
    // A folder of its own, as sockets' names are short.
    fake = new FakeEngine(Files.createTempDirectory("fake").resolve("s"));
    engine = new Engine(fake.socket(), folder);
    TestSecrets secrets = new TestSecrets();
    secrets.put("key", new byte[] {1});
    given =
        new GivenFiles(
            engine,
            new ServiceNames(NODE, "grid-given"),
            new TestHost(NODE, folder, new NoContent(), secrets),
            new Idle());
  }

  @AfterEach
  void end() throws Exception {
    engine.close();
    fake.close();
    Files.delete(fake.socket().getParent());
  }

  @Test
  void aServiceStartsAgainAfterWhatHeldItsSecretsCouldNotBeRemoved() throws Exception {
    Holder.Held held = given.hold(ID, "image", LABELS, DOING);
    fake.refuse(request -> request.startsWith("DELETE"));
    assertThatThrownBy(held::close).isInstanceOf(DriverException.class);
    fake.refuse(_ -> false);
    assertCanBeHeld();
  }

  @Test
  void aServiceStartsAgainAfterItsSecretsCouldNeitherBePutNorRemoved() throws Exception {
    AtomicBoolean put = new AtomicBoolean();
    fake.refuse(request -> {
      put.compareAndSet(false, request.startsWith("PUT"));
      return put.get();
    });
    assertThatThrownBy(() -> given.hold(ID, "image", LABELS, DOING))
        .isInstanceOf(DriverException.class);
    assertThat(put).isTrue();
    fake.refuse(_ -> false);
    assertCanBeHeld();
  }

  /// And by one at a time only.
  private void assertCanBeHeld() throws InterruptedException {
    try (Holder.Held _ = given.hold(ID, "image", LABELS, DOING)) {
      assertThatThrownBy(() -> given.hold(ID, "image", LABELS, DOING))
          .isInstanceOfSatisfying(
              DriverException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONFLICT));
    }
  }

  private static final class NoContent implements ContentSource {
    @Override
    public InputStream open(Cid cid) {
      return new ByteArrayInputStream(new byte[0]);
    }

    @Override
    public long size(Cid cid) {
      return 0;
    }
  }

  private static final class Idle implements Waiting {
    @Override
    public String program() {
      return "/idle";
    }

    @Override
    public Mount take(String image) {
      return new Mount().withType(MountType.VOLUME).withSource("idle").withTarget("/idle");
    }

    @Override
    public void forget() {}

    @Override
    public int tidy() {
      return 0;
    }
  }
}
