package org.promisegrid.driver.docker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.model.Image;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.ImageBuilder;
import org.promisegrid.sandbox.ImageBuilder.Built;
import org.promisegrid.sandbox.ImageBuilder.Piece;
import org.promisegrid.sandbox.ImageBuilder.Recipe;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;

/// An engine builds images by recipes; each has its archive, goes where it isn't kept, and leaves
/// nothing where it didn't come about.
@Timeout(300)
final class BuiltImagesTest {

  private static final NodeId NODE =
      new NodeId("did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG");
  private static final String REPOSITORY = new Naming(NODE).repository();
  private static final Duration LONG = Duration.ofMinutes(3);

  @TempDir Path root;

  private final TestContent content = new TestContent();
  private final List<SandboxDriver> drivers = new ArrayList<>();
  private final List<String> left = new ArrayList<>();

  /// So that nothing was built like it before.
  private final String only = UUID.randomUUID().toString();

  private final List<String> said = new CopyOnWriteArrayList<>();
  private SandboxDriver driver;
  private Engine engine;

  /// All that the engine had before, what others are made of included.
  private Set<String> before;

  @BeforeEach
  void anEngine() throws IOException, InterruptedException {
    driver = open();
    Fitness fitness = driver.probe();
    assumeTrue(fitness.status() == Fitness.Status.HEALTHY, fitness.reason());
    Path socket =
        Settings.socket(driver.target().address())
            .orElseThrow(() -> new AssertionError("the engine is behind no socket"));
    engine = new Engine(socket, root.resolve("none"));
    before = ids();
  }

  private Set<String> ids() throws InterruptedException {
    return engine.ask("listing", client -> client.listImagesCmd().withShowAll(true).exec()).stream()
        .map(Image::getId)
        .collect(Collectors.toSet());
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    if (engine != null) {
      for (String name : left) {
        engine.find(
            "emptying",
            client -> {
              client.removeImageCmd(name).exec();
              return true;
            });
      }
      assertThat(built()).isEmpty();
      assertThat(ids()).isEqualTo(before);
      engine.close();
    }
    drivers.forEach(SandboxDriver::close);
  }

  private SandboxDriver open() throws IOException {
    DockerDriverFactory factory = new DockerDriverFactory();
    Map<String, String> settings = new HashMap<>(TestEngine.settings());
    settings.put("warm", "0");
    Path scratch = Files.createTempDirectory(root, "host");
    SandboxDriver opened =
        factory.open(
            factory.targets(settings).getFirst(), settings, new TestHost(NODE, scratch, content));
    drivers.add(opened);
    return opened;
  }

  private Piece file(String path, byte[] bytes, boolean executable) {
    return new Piece.File(path, content.put(bytes), bytes.length, executable);
  }

  private Recipe recipe(String text, Piece... more) {
    List<Piece> context = new ArrayList<>(Arrays.asList(more));
    context.add(file("Dockerfile", text.getBytes(UTF_8), false));
    return new Recipe(context, "Dockerfile", Map.of(), Optional.empty());
  }

  private Piece programs() {
    return file("programs", Images.programs(), true);
  }

  private Recipe usual() {
    return recipe(
        "FROM scratch\nLABEL only="
            + only
            + "\nCOPY programs /programs\n"
            + "ENTRYPOINT [\"/programs\", \"echo\"]\n",
        programs());
  }

  private Built build(Recipe recipe, Duration within, Consumer<String> log)
      throws InterruptedException {
    return driver.power(ImageBuilder.class).orElseThrow().build(recipe, within, log);
  }

  private Built build(Recipe recipe) throws InterruptedException {
    return build(recipe, LONG, said::add);
  }

  private Cid archive(Built image) throws IOException, InterruptedException {
    try (InputStream in = image.archive()) {
      return content.put(in.readAllBytes());
    }
  }

  private List<String> names() throws InterruptedException {
    return engine.ask("listing", client -> client.listImagesCmd().exec()).stream()
        .flatMap(it -> Stream.ofNullable(it.getRepoTags()).flatMap(Arrays::stream))
        .toList();
  }

  private List<String> built() throws InterruptedException {
    return names().stream().filter(it -> it.startsWith(REPOSITORY + "/built:")).toList();
  }

  private void refused(Recipe recipe, Kind kind, String part) throws InterruptedException {
    assertThatThrownBy(() -> build(recipe).close())
        .isInstanceOfSatisfying(
            DriverException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(part);
    assertThat(built()).isEmpty();
  }

  @Test
  void whatIsKeptIsThereForCalls() throws Exception {
    Cid code;
    try (Built image = build(usual())) {
      assertThat(built()).hasSize(4); // a name for each step, too
      code = archive(image);
      image.keep(code);
    }
    left.add(REPOSITORY + "/brought:" + code);
    assertThat(names()).contains(REPOSITORY + "/brought:" + code);
    assertThat(String.join("", said)).contains("COPY programs");
    Quote quote =
        driver.offers(
            new SandboxSpec(
                new Form("image", code), Limits.DEFAULT, Isolation.SANDBOX, false, Map.of()));
    assertThat(quote)
        .isInstanceOfSatisfying(
            Quote.Offered.class, it -> assertThat(it.offers().getFirst().warm()).isTrue());
  }

  @Test
  void theArchiveIsAnImageToAnEngineThatDoesNotHaveIt() throws Exception {
    Cid code;
    String id;
    try (Built image = build(usual())) {
      id = image.id();
      code = archive(image);
    }
    assertThat(engine.find("looking", client -> client.inspectImageCmd(id).exec())).isEmpty();
    driver
        .power(org.promisegrid.sandbox.Prepare.class)
        .orElseThrow()
        .prepare(new Form("image", code));
    left.add(REPOSITORY + "/brought:" + code);
    assertThat(engine.find("looking", client -> client.inspectImageCmd(id).exec())).isPresent();
  }

  @Test
  void theSameFolderGivesTheSameArchive() throws Exception {
    try (Built one = build(usual());
        Built other = build(usual())) {
      assertThat(other.id()).isEqualTo(one.id());
      assertThat(archive(other)).isEqualTo(archive(one));
    }
  }

  @Test
  void aFolderHasDeepNamesLinksAndPrograms() throws Exception {
    String deep = "d".repeat(120);
    Recipe recipe =
        recipe(
            "FROM scratch\nLABEL only="
                + only
                + "\nCOPY . /all/\n"
                + "RUN [\"/all/"
                + deep
                + "/programs\", \"serve\", \"read\", \"/all/short\","
                + " \"out\", \"it ran\"]\n",
            new Piece.Folder(deep),
            new Piece.File(
                deep + "/programs", content.put(Images.programs()), Images.programs().length, true),
            file(deep + "/text", "by a link".getBytes(UTF_8), false),
            new Piece.Link("short", deep + "/text"));
    try (Built _ = build(recipe)) {
      assertThat(String.join("", said)).contains("by a link").contains("it ran");
    }
  }

  @Test
  void argumentsStagesAndOtherFilesAreAsked() throws Exception {
    byte[] text =
        ("FROM scratch AS first\nARG word\nLABEL only="
                + only
                + "\nCOPY programs /programs\n"
                + "RUN [\"/programs\", \"serve\", \"env\", \"word\"]\nFROM first\nCOPY gone /\n")
            .getBytes(UTF_8);
    Recipe recipe =
        new Recipe(
            List.of(new Piece.Folder("recipes"), file("recipes/one", text, false), programs()),
            "recipes/one",
            Map.of("word", "given"),
            Optional.of("first"));
    try (Built _ = build(recipe)) {
      assertThat(String.join("", said)).contains("given");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NONSENSE|UNSUPPORTED|NONSENSE",
        "FROM scratch;COPY gone /|UNSUPPORTED|gone",
        "FROM scratch;COPY programs /p;RUN [\"/p\", \"exit\", \"3\"]|UNSUPPORTED|code: 3",
        "FROM 127.0.0.1:1/none:latest|UNAVAILABLE|refused"
      })
  void whatLeadsToNoImageIsTold(String lines, Kind kind, String part) throws Exception {
    refused(recipe(lines.replace(';', '\n') + "\n", programs()), kind, part);
  }

  @Test
  void aRecipeThatIsNotThereIsTold() throws Exception {
    refused(
        new Recipe(List.of(programs()), "Dockerfile", Map.of(), Optional.empty()),
        Kind.UNSUPPORTED,
        "Dockerfile");
  }

  @Test
  void contentThatIsNotThereEndsIt() throws Exception {
    Piece gone = new Piece.File("gone", Cid.of(only.getBytes(UTF_8)), 5, false);
    assertThatThrownBy(() -> build(recipe("FROM scratch\nCOPY gone /\n", gone)).close())
        .isInstanceOf(DriverException.class);
  }

  private Recipe endless() {
    return recipe(
        "FROM scratch\nLABEL only="
            + only
            + "\nCOPY programs /programs\n"
            + "RUN [\"/programs\", \"serve\", \"out\", \"holding\", \"hold\"]\n",
        programs());
  }

  /// Waits until the engine runs nothing by that recipe any more, and has nothing of it: a step
  /// that is being ended has its image for a while.
  private void awaitEnd() throws InterruptedException {
    while (engine.ask("listing", client -> client.listContainersCmd().exec()).stream()
        .anyMatch(it -> String.valueOf(it.getCommand()).contains("holding"))) {
      Thread.onSpinWait(); // bounded by the test's time
    }
    while (!built().isEmpty()) {
      assertThat(driver.probe().status()).isEqualTo(Fitness.Status.HEALTHY);
    }
  }

  @Test
  void whoeverLeavesEndsIt() throws Exception {
    CountDownLatch holds = new CountDownLatch(1);
    AtomicReference<Throwable> outcome = new AtomicReference<>();
    Thread building =
        Thread.ofVirtual()
            .start(() -> {
              try {
                build(
                        endless(),
                        LONG,
                        line -> {
                          if (line.startsWith("holding")) {
                            holds.countDown();
                          }
                        })
                    .close();
              } catch (Throwable e) { // for the test's own thread
                outcome.set(e);
              }
            });
    holds.await();
    building.interrupt();
    building.join();
    assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
    awaitEnd();
  }

  @Test
  void whatTakesTooLongIsEnded() throws Exception {
    assertThatThrownBy(() -> build(endless(), Duration.ofSeconds(5), said::add).close())
        .isInstanceOfSatisfying(
            DriverException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
        .hasMessageContaining("longer than 5 s");
    awaitEnd();
  }

  @Test
  void whatSomebodyElseHasANameForStays() throws Exception {
    Cid code;
    try (Built image = build(usual())) {
      engine.ask(
          "naming",
          client -> {
            client.tagImageCmd(image.id(), "somebody", only).exec();
            return true;
          });
      left.add("somebody:" + only);
      code = archive(image);
      image.keep(code);
    }
    left.add(REPOSITORY + ":" + code);
    assertThat(names())
        .contains("somebody:" + only, REPOSITORY + ":" + code)
        .doesNotContain(REPOSITORY + "/brought:" + code);
  }

  @Test
  void whatSomebodyElseBuiltWithoutANameStays() throws Exception {
    String id;
    try (Built image = build(usual())) {
      id = image.id();
      engine.ask(
          "naming",
          client -> {
            client.tagImageCmd(id, "somebody", only).exec();
            return true;
          });
    }
    Cid code;
    try (Built again = build(usual())) {
      assertThat(again.id()).isEqualTo(id);
      engine.find(
          "taking the name away",
          client -> {
            client.removeImageCmd("somebody:" + only).exec();
            return true;
          });
      code = archive(again);
      again.keep(code);
    }
    left.add(REPOSITORY + ":" + code);
    assertThat(names())
        .contains(REPOSITORY + ":" + code)
        .doesNotContain(REPOSITORY + "/brought:" + code);
  }

  /// What somebody else's build left who didn't come to its end; as if it had been built by hand.
  private String leftOnTheWay() throws InterruptedException {
    String last;
    try (Built image = build(usual())) {
      last = image.id();
      engine.ask(
          "naming",
          client -> {
            client.tagImageCmd(last, "somebody", only).exec();
            return true;
          });
    }
    String parent =
        String.valueOf(
            engine.ask("looking", client -> client.inspectImageCmd(last).exec()).getParent());
    engine.find(
        "taking the last one away",
        client -> {
          client.removeImageCmd("somebody:" + only).withNoPrune(true).exec();
          return true;
        });
    assertThat(ids()).contains(parent).doesNotContain(last);
    return parent;
  }

  @Test
  void whatSomebodyElseMadeOnTheWayStaysWhereTheImageGoes() throws Exception {
    String others = leftOnTheWay();
    build(usual()).close();
    assertThat(ids()).contains(others);
    left.add(others);
  }

  @Test
  void whatSomebodyElseMadeOnTheWayStaysWhereTheImageIsKept() throws Exception {
    String others = leftOnTheWay();
    Cid code;
    try (Built image = build(usual())) {
      code = archive(image);
      image.keep(code);
    }
    assertThat(names())
        .contains(REPOSITORY + ":" + code)
        .doesNotContain(REPOSITORY + "/brought:" + code);
    assertThat(ids()).contains(others);
    left.add(REPOSITORY + ":" + code);
  }

  @Test
  void aBuildBesideAnEqualOneLeavesNothingEither() throws Exception {
    Built one = build(usual());
    try (Built other = build(usual())) {
      one.close(); // whose steps the other one is made of
      assertThat(ids()).contains(other.id());
    }
  }

  @Test
  void aRecipeMayBeBehindALinkWithinTheFolder() throws Exception {
    Recipe real = usual();
    List<Piece> context = new ArrayList<>(real.context());
    context.add(new Piece.Link("Linked", "Dockerfile"));
    try (Built image = build(new Recipe(context, "Linked", Map.of(), Optional.empty()))) {
      assertThat(image.id()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/hostname", "../../../../etc/hostname", "Dockerfile", "folder"})
  void aRecipeIsNotReadFromElsewhere(String target) throws Exception {
    refused(
        new Recipe(
            List.of(new Piece.Folder("folder"), new Piece.Link("Dockerfile", target)),
            "Dockerfile",
            Map.of(),
            Optional.empty()),
        Kind.UNSUPPORTED,
        "no such file");
  }

  @Test
  void whatIsBuiltOnceMoreIsThisNodesStill() throws Exception {
    Cid code;
    try (Built image = build(usual())) {
      code = archive(image);
      image.keep(code);
    }
    left.add(REPOSITORY + "/brought:" + code);
    try (Built again = build(usual())) {
      again.keep(archive(again));
    }
    assertThat(names())
        .contains(REPOSITORY + "/brought:" + code)
        .doesNotContain(REPOSITORY + ":" + code);
  }

  @Test
  void whatAnAgentLeftThatWasKilledGoesWithTheNext() throws Exception {
    try (Built image = build(usual())) {
      String stale = REPOSITORY + "/built:" + only;
      engine.ask(
          "leaving",
          client -> {
            client.tagImageCmd(image.id(), REPOSITORY + "/built", only).exec();
            return true;
          });
      driver.probe();
      assertThat(built()).contains(stale).hasSize(5); // its own are its own
      SandboxDriver next = open();
      assertThat(next.probe().status()).isEqualTo(Fitness.Status.HEALTHY);
      assertThat(built()).isEmpty();
    }
  }
}
