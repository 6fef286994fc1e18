package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Images.Brought;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Prepare;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;

/// What a node has brought to an engine goes when nobody uses it, and nothing else does.
@Timeout(300)
final class ImageSweepTest {

  private static final NodeId NODE =
      new NodeId("did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG");
  private static final NodeId OTHER =
      new NodeId("did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf");

  private static final String AT_ONCE = "0s";

  @TempDir Path root;

  private final TestContent content = new TestContent();
  private final List<SandboxDriver> drivers = new ArrayList<>();
  private final List<String> ids = new ArrayList<>();
  private Engine engine;
  private SandboxDriver driver;

  /// Of which nobody else has the like.
  private byte[] archive;

  private Cid image;
  private String id;

  @BeforeEach
  void anEngine() throws IOException, InterruptedException {
    driver = open(NODE, AT_ONCE);
    Fitness fitness = driver.probe();
    assumeTrue(fitness.status() == Fitness.Status.HEALTHY, fitness.reason());
    Path socket =
        Settings.socket(driver.target().address())
            .orElseThrow(() -> new AssertionError("the engine is behind no socket"));
    engine = new Engine(socket, root.resolve("none"));
    archive = Images.of(List.of("/programs", "exit", UUID.randomUUID().toString()));
    image = content.put(archive);
    prepare(driver);
    id =
        String.valueOf(
            engine
                .ask("looking", client -> client.inspectImageCmd(tag(NODE, "/brought")).exec())
                .getId());
    ids.add(id);
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    drivers.forEach(SandboxDriver::close);
    if (engine != null) {
      for (String each : ids) {
        engine.find(
            "emptying",
            client -> {
              client.removeImageCmd(each).withForce(true).exec();
              return true;
            });
      }
      engine.close();
    }
  }

  private SandboxDriver open(NodeId node, String images) throws IOException {
    DockerDriverFactory factory = new DockerDriverFactory();
    Map<String, String> settings = new HashMap<>(TestEngine.settings());
    settings.put("images", images);
    settings.put("warm", "0"); // a container that waits uses its image
    Path scratch = Files.createTempDirectory(root, "host");
    SandboxDriver opened =
        factory.open(
            factory.targets(settings).getFirst(), settings, new TestHost(node, scratch, content));
    drivers.add(opened);
    return opened;
  }

  private void prepare(SandboxDriver by) throws InterruptedException {
    by.power(Prepare.class).orElseThrow().prepare(new Form("image", image));
  }

  private static org.promisegrid.sandbox.Images images(SandboxDriver of) {
    return of.power(org.promisegrid.sandbox.Images.class).orElseThrow();
  }

  private String tag(NodeId node, String kind) {
    return new Naming(node).repository() + kind + ":" + image;
  }

  private boolean isThere() throws InterruptedException {
    return engine.find("looking", client -> client.inspectImageCmd(id).exec()).isPresent();
  }

  /// What a driver says of the image; others may be there.
  private List<Boolean> goes(SandboxDriver of) throws InterruptedException {
    return images(of).images(Set.of()).stream()
        .filter(it -> it.code().equals(image))
        .map(Brought::goes)
        .toList();
  }

  private List<Cid> collect(SandboxDriver by) throws InterruptedException {
    return images(by).collect(Set.of()).stream().map(Brought::code).toList();
  }

  private Sandbox create(SandboxDriver by, String name) throws InterruptedException {
    SandboxSpec spec =
        new SandboxSpec(
            new Form("image", image), Limits.DEFAULT, Isolation.SANDBOX, false, Map.of());
    return by.create(
        new SandboxId(name), spec, ((Quote.Offered) by.offers(spec)).offers().getFirst());
  }

  private void remove(String name) throws InterruptedException {
    engine.ask(
        "removing",
        client -> {
          client.removeImageCmd(name).exec();
          return true;
        });
  }

  @Test
  void whatNobodyUsesGoesAndIsBroughtAgain() throws Exception {
    assertThat(goes(driver)).containsExactly(true);
    assertThat(images(driver).images(Set.of()))
        .filteredOn(it -> it.code().equals(image))
        .allSatisfy(it -> assertThat(it.bytes()).isPositive());
    assertThat(collect(driver)).contains(image);
    assertThat(isThere()).isFalse();
    assertThat(goes(driver)).isEmpty();
    create(driver, "again-" + UUID.randomUUID()).close();
    assertThat(isThere()).isTrue();
    assertThat(goes(driver)).containsExactly(true);
  }

  @Test
  void whatWasUsedLatelyStaysWhicheverProcessAsks() throws Exception {
    for (String kept : List.of("1h", "7d", "always")) {
      SandboxDriver next = open(NODE, kept);
      assertThat(goes(next)).as(kept).containsExactly(false);
      assertThat(collect(next)).as(kept).isEmpty();
      assertThat(isThere()).as(kept).isTrue();
    }
    assertThat(collect(open(NODE, AT_ONCE))).contains(image);
  }

  @Test
  void whatIsNeededStays() throws Exception {
    assertThat(images(driver).images(Set.of(image)))
        .filteredOn(it -> it.code().equals(image))
        .extracting(Brought::goes)
        .containsExactly(false);
    assertThat(images(driver).collect(Set.of(image)))
        .extracting(Brought::code)
        .doesNotContain(image);
    assertThat(isThere()).isTrue();
  }

  @Test
  void whatAnyContainerIsMadeOfStaysThoughItDoesntRun() throws Exception {
    String container =
        engine.ask("creating", client -> client.createContainerCmd(id).exec()).getId();
    assertThat(goes(driver)).containsExactly(false);
    assertThat(collect(driver)).doesNotContain(image);
    assertThat(isThere()).isTrue();
    engine.ask(
        "removing",
        client -> {
          client.removeContainerCmd(container).exec();
          return true;
        });
    assertThat(collect(driver)).contains(image);
  }

  @Test
  void whatSomebodyHasGivenANameStays() throws Exception {
    engine.ask(
        "tagging",
        client -> {
          client.tagImageCmd(id, "somebodys/own", "one").exec();
          return true;
        });
    assertThat(goes(driver)).containsExactly(false);
    assertThat(collect(driver)).doesNotContain(image);
    assertThat(isThere()).isTrue();
    remove("somebodys/own:one");
    assertThat(collect(driver)).contains(image);
  }

  @Test
  void whatWasThereBeforeStaysThoughItHasNoName() throws Exception {
    assertThat(collect(driver)).contains(image);
    engine.ask(
        "loading",
        client -> {
          client.loadImageCmd(new ByteArrayInputStream(archive)).exec();
          return true;
        });
    while (!isThere()) { // it tells before it is done
      Thread.onSpinWait();
    }
    prepare(driver);
    assertThat(goes(driver)).isEmpty();
    assertThat(collect(driver)).doesNotContain(image);
    assertThat(isThere()).isTrue();
  }

  @Test
  void whatAnotherNodeUsesStaysUntilThatDoesntAnyMore() throws Exception {
    SandboxDriver other = open(OTHER, AT_ONCE);
    prepare(other);
    assertThat(goes(other)).as("brought by the other").isEmpty();
    assertThat(goes(driver)).containsExactly(false);
    assertThat(collect(driver)).doesNotContain(image);
    assertThat(isThere()).isTrue();
    assertThat(images(other).collect(Set.of(image))).isEmpty();
    assertThat(goes(driver)).containsExactly(false);
    assertThat(collect(other)).doesNotContain(image);
    assertThat(isThere()).isTrue();
    assertThat(collect(driver)).contains(image);
    assertThat(isThere()).isFalse();
  }

  @Test
  void whatWasCutOffInTheMidstIsTakenUpByTheNextProcess() throws Exception {
    engine.ask( // as where the same image came from two archives
        "tagging",
        client -> {
          client.tagImageCmd(id, new Naming(NODE).repository(), image.toString()).exec();
          return true;
        });
    remove(tag(NODE, ""));
    assertThat(collect(open(NODE, AT_ONCE))).contains(image);
    assertThat(isThere()).isFalse();
  }

  @Test
  void whoComesWhileItIsRemovedHasItBroughtAgain() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger removed = new AtomicInteger();
    AtomicReference<Exception> failed = new AtomicReference<>();
    Thread collecting =
        Thread.ofPlatform()
            .start(() -> {
              try {
                while (!over.get()) {
                  removed.addAndGet(collect(driver).contains(image) ? 1 : 0);
                }
              } catch (Exception e) {
                failed.set(e);
              }
            });
    try {
      for (int i = 0; i < 10; i++) {
        create(driver, "meanwhile-" + UUID.randomUUID()).close();
        int before = removed.get();
        while (removed.get() == before && failed.get() == null) {
          Thread.onSpinWait();
        }
      }
    } finally {
      over.set(true);
      collecting.join();
    }
    assertThat(failed.get()).isNull();
    assertThat(removed.get()).isGreaterThanOrEqualTo(10);
  }
}
