package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.github.dockerjava.api.model.Container;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Attach;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.tck.Collector;
import org.promisegrid.tck.Feed;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;
import org.promisegrid.tck.TestProgram;

/// Warm containers on an engine: they are made when calls come, serve one each, and go.
@Timeout(180)
final class WarmPoolTest {

  private static final NodeId NODE = new NodeId("did:key:zWarm");
  private static final Naming NAMING = new Naming(NODE);
  private static final Duration SOON = Duration.ofMinutes(1);

  @TempDir Path folder;

  private final TestContent content = new TestContent();
  private final DockerDriverFactory factory = new DockerDriverFactory();
  private SandboxDriver driver;
  private Engine engine;
  private int made;

  @BeforeEach
  void anEngine() throws Exception {
    driver = open(Map.of());
    Fitness fitness = driver.probe();
    assumeThat(fitness.status()).as(fitness.reason()).isEqualTo(Fitness.Status.HEALTHY);
    engine = new Engine(Settings.socket(driver.target().address()).orElseThrow(), folder);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    driver.close();
    if (engine != null) {
      assertThat(names()).isEmpty();
      engine.close();
    }
  }

  private SandboxDriver open(Map<String, String> more) throws IOException {
    Map<String, String> settings = new HashMap<>(TestEngine.settings());
    settings.putAll(more);
    TestHost host = new TestHost(NODE, Files.createTempDirectory(folder, "scratch"), content);
    return factory.open(factory.targets(settings).getFirst(), settings, host);
  }

  private List<String> names() throws InterruptedException {
    List<Container> all =
        engine.ask(
            "listing",
            client ->
                client
                    .listContainersCmd()
                    .withShowAll(true)
                    .withLabelFilter(Map.of(Naming.NODE, NODE.did()))
                    .exec());
    return all.stream().map(each -> each.getNames()[0].substring(1)).sorted().toList();
  }

  private SandboxSpec spec(TestProgram program) {
    return spec(program, Limits.DEFAULT);
  }

  private SandboxSpec spec(TestProgram program, Limits limits) {
    Form form = new Form("image", content.put(Images.of(program)));
    return new SandboxSpec(form, limits, Isolation.SANDBOX, false, Map.of());
  }

  private Offer offer(SandboxSpec spec) {
    return ((Quote.Offered) driver.offers(spec)).offers().getFirst();
  }

  /// Whether it is promised as quickly as only a warm one can be.
  private boolean isWarm(SandboxSpec spec) {
    return offer(spec).warm() && offer(spec).expected().setup().toMillis() < 100;
  }

  private Sandbox create(SandboxSpec spec) throws InterruptedException {
    return driver.create(new SandboxId("call-" + made++), spec, offer(spec));
  }

  private String echo(String text) throws InterruptedException {
    Collector out = Collector.unlimited();
    try (Sandbox sandbox = create(spec(TestProgram.ECHO))) {
      sandbox.start(
          Invocation.of(),
          new Stdio(Feed.of(text.getBytes(StandardCharsets.UTF_8)), out, Collector.unlimited()),
          Port.closed());
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exited(0));
    }
    return out.text();
  }

  /// What calls have left goes while their callers are answered already.
  private boolean areThere(int count) {
    try {
      return names().size() == count;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Calls it until there is a warm one for the next call.
  private void warm(SandboxSpec spec) throws Exception {
    create(spec).close();
    create(spec).close();
    awaitIt(spec, this::isWarm);
  }

  private static <T> void awaitIt(T of, Predicate<T> holds) throws InterruptedException {
    long end = System.nanoTime() + SOON.toNanos();
    while (!holds.test(of)) {
      assertThat(System.nanoTime() - end).as("it never holds").isNegative();
      Thread.sleep(20);
    }
  }

  @Test
  void aCallTakesAWarmOneAndAnotherComesForTheNext() throws Exception {
    SandboxSpec spec = spec(TestProgram.ECHO);
    assertThat(isWarm(spec)).isFalse();
    assertThat(echo("one")).isEqualTo("one");
    assertThat(echo("two")).isEqualTo("two");
    awaitIt(spec, this::isWarm);
    awaitIt(1, this::areThere);
    List<String> stock = names();
    assertThat(driver.list()).as("what is warm is nobody's sandbox").isEmpty();
    assertThat(echo("three")).isEqualTo("three");
    awaitIt(spec, this::isWarm);
    assertThat(names()).as("it is used once").doesNotContainAnyElementsOf(stock);
  }

  @Test
  void oneOfOtherLimitsServesNoCall() throws Exception {
    SandboxSpec spec = spec(TestProgram.EXIT);
    warm(spec);
    Limits others = new Limits(Duration.ofSeconds(59), 64 << 20, 1 << 20, 1 << 20);
    assertThat(isWarm(spec(TestProgram.EXIT, others))).isFalse();
    List<String> stock = names();
    try (Sandbox sandbox = create(spec(TestProgram.EXIT, others))) {
      assertThat(names()).containsAll(stock);
      sandbox.start(Invocation.of("7"), Stdio.none(), Port.closed());
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exited(7));
    }
  }

  @Test
  void whatWasWarmIsFoundAgainByItsSandbox() throws Exception {
    SandboxSpec spec = spec(TestProgram.LOG);
    warm(spec);
    SandboxId id = new SandboxId("found");
    driver
        .create(id, spec, offer(spec))
        .start(Invocation.of("text", "2"), Stdio.none(), Port.closed());
    driver.adopt(id).orElseThrow().await();
    driver.close();
    driver = open(Map.of());
    assertThat(driver.list()).extracting(found -> found.id()).containsExactly(id);
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> driver.create(id, spec, offer(spec)))
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.CONFLICT);
    Collector out = Collector.unlimited();
    Collector log = Collector.unlimited();
    try (Sandbox adopted = driver.adopt(id).orElseThrow()) {
      adopted.power(Attach.class).orElseThrow().attach(new Stdio(Feed.of(new byte[0]), out, log));
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Exited(0));
    }
    assertThat(out.text()).isEqualTo("done\n");
    assertThat(log.text()).isEqualTo("text\ntext\n");
  }

  @Test
  void whatWasClaimedAndNotStartedIsStartedByTheNextProcess() throws Exception {
    SandboxSpec spec = spec(TestProgram.EXIT);
    warm(spec);
    List<String> stock = names();
    SandboxId id = create(spec).id();
    assertThat(names()).contains(NAMING.container(id)).doesNotContainAnyElementsOf(stock);
    driver.close();
    driver = open(Map.of());
    try (Sandbox adopted = driver.adopt(id).orElseThrow()) {
      assertThat(adopted.state()).isEqualTo(new State.Created());
      adopted.start(Invocation.of("3"), Stdio.none(), Port.closed());
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Exited(3));
    }
  }

  @Test
  void anIdThatIsTakenIsStillTaken() throws Exception {
    SandboxSpec spec = spec(TestProgram.EXIT);
    warm(spec);
    try (Sandbox first = driver.create(new SandboxId("taken"), spec, offer(spec))) {
      awaitIt(spec, this::isWarm);
      assertThatExceptionOfType(DriverException.class)
          .isThrownBy(() -> driver.create(first.id(), spec, offer(spec)))
          .extracting(DriverException::kind)
          .isEqualTo(DriverException.Kind.CONFLICT);
    }
  }

  @Test
  void whatAnAgentLeftWarmIsRemovedByTheNext() throws Exception {
    TestHost host = new TestHost(NODE, Files.createTempDirectory(folder, "scratch"), content);
    try (Engine other = new Engine(Settings.socket(driver.target().address()).get(), folder)) {
      Leftovers leftovers = new Leftovers(other, NAMING);
      Workplace workplace =
          new Workplace(
              host,
              other,
              NAMING,
              new org.promisegrid.driver.docker.image.ImageShelf(other, host, NAMING.repository()),
              new ShimVolume(other, NAMING),
              leftovers,
              new Disposal(leftovers::remove, Disposal.MOST, SOON));
      SandboxSpec spec = spec(TestProgram.EXIT);
      WarmPool.Kind kind = new WarmPool.Kind(spec.form().code(), spec.limits());
      new Maker(workplace).warm(kind).connection().close();
    }
    assertThat(names()).hasSize(1);
    driver.close();
    driver = open(Map.of());
    assertThat(driver.probe().status()).isEqualTo(Fitness.Status.HEALTHY);
    assertThat(names()).isEmpty();
  }

  @Test
  void oneThatEndedIsNotPromisedAndServesNoCall() throws Exception {
    SandboxSpec spec = spec(TestProgram.ECHO);
    warm(spec);
    String name = names().getFirst();
    DockerSandbox.kill(engine, name);
    awaitIt(name, each -> isGoneOrReplaced(spec, each));
    assertThat(echo("still")).isEqualTo("still");
  }

  private boolean isGoneOrReplaced(SandboxSpec spec, String name) {
    try {
      return !isWarm(spec) || !names().contains(name);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void thereAreNoneWhereNoneMayBe() throws Exception {
    driver.close();
    driver = open(Map.of("warm", "0"));
    SandboxSpec spec = spec(TestProgram.EXIT);
    for (int i = 0; i < 3; i++) {
      create(spec).close();
    }
    assertThat(isWarm(spec)).isFalse();
    assertThat(names()).isEmpty();
  }
}
