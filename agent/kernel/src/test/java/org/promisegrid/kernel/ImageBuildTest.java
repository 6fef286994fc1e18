package org.promisegrid.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.detail;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.link;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.stranger;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.content.Tree;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.ImageBuilder.Piece;

/// Olga, the owner, has images built from folders; nobody else has.
@Timeout(120)
final class ImageBuildTest {

  private static final Cid GONE = Cid.of("gone".getBytes(UTF_8));

  @TempDir Path home;

  private final FakeBuilder builder = new FakeBuilder();
  private Household house;
  private Person olga;
  private Cid recipe;
  private Cid context;

  @BeforeEach
  void open() {
    house = Household.over(home, builder::around);
    olga = house.owner();
    builder.archive = "an image".getBytes(UTF_8);
    recipe = olga.puts("FROM scratch");
    Cid inner = tree(olga, Map.of("run", new Tree.File(olga.puts("run"), 3, true)));
    context =
        tree(
            olga,
            Map.of(
                "Dockerfile", new Tree.File(recipe, 12, false),
                "bin", new Tree.Directory(inner, 3),
                "go", new Tree.Symlink("../bin/run")));
  }

  @AfterEach
  void close() {
    assertThat(builder.open).isZero();
    house.close();
  }

  private static Cid tree(Person who, Map<String, Tree.Entry> entries) {
    return who.puts(new Tree(new TreeMap<>(entries)).message().bytes());
  }

  private static Item.TableBuilder asking(Cid context) {
    return Item.table().put("context", context);
  }

  private Reason refused(Person who, Item.TableBuilder params) {
    return reason(who.asks("image.build", params));
  }

  @Test
  void theOwnerHasAFolderBuiltAndGetsAnImageThatIsContent() {
    Item.Table built = kept(olga.asks("image.build", asking(context)));
    Cid image = link(built, "image");
    assertThat(olga.reads(image)).asString(UTF_8).isEqualTo("an image");
    assertThat(built.get("size")).contains(Item.of(8));
    assertThat(built.get("target")).contains(Item.of("memory:one"));
    assertThat(built.get("log")).contains(Item.of("Step 1/1 : Dockerfile\n"));
    assertThat(builder.kept).containsExactly(image);
    assertThat(builder.asked.getFirst().context())
        .containsExactly(
            new Piece.File("Dockerfile", recipe, 12, false),
            new Piece.Folder("bin"),
            new Piece.File("bin/run", Cid.of("run".getBytes(UTF_8)), 3, true),
            new Piece.Link("go", "../bin/run"));
  }

  @Test
  void whatElseIsAskedGoesToTheBuilder() {
    kept(
        olga.asks(
            "image.build",
            asking(context)
                .put("file", "bin/run")
                .put("stage", "small")
                .put("arguments", Item.table().put("version", "1.2").build())));
    var asked = builder.asked.getFirst();
    assertThat(asked.file()).isEqualTo("bin/run");
    assertThat(asked.stage()).contains("small");
    assertThat(asked.arguments()).containsExactly(Map.entry("version", "1.2"));
  }

  @Test
  void whomeverTheOwnerLetsDoItIsRefusedAllTheSame() {
    Person bob =
        olga.grants(stranger(), it -> it.may(function("image.build"), function("content.put")));
    Cid folder =
        tree(bob, Map.of("Dockerfile", new Tree.File(bob.puts("FROM scratch"), 12, false)));
    assertThat(refused(bob, asking(folder))).isEqualTo(Reason.REFUSED);
    assertThat(builder.asked).isEmpty();
  }

  @Test
  void whatIsNoFolderOrNotThereIsTold() {
    assertThat(refused(olga, asking(recipe))).isEqualTo(Reason.INVALID);
    assertThat(refused(olga, asking(GONE))).isEqualTo(Reason.ABSENT);
    Cid lacking = tree(olga, Map.of("Dockerfile", new Tree.File(GONE, 4, false)));
    assertThat(refused(olga, asking(lacking))).isEqualTo(Reason.ABSENT);
    Cid lying = tree(olga, Map.of("Dockerfile", new Tree.File(recipe, 13, false)));
    assertThat(refused(olga, asking(lying))).isEqualTo(Reason.INVALID);
    assertThat(builder.asked).isEmpty();
  }

  @Test
  void aFolderThatStandsForMoreThanThereIsRoomForIsRefused() {
    Cid folder = tree(olga, Map.of("Dockerfile", new Tree.File(recipe, 12, false)));
    for (int i = 0; i < 20; i++) { // a million names
      folder =
          tree(
              olga,
              Map.of("a", new Tree.Directory(folder, 12), "b", new Tree.Directory(folder, 12)));
    }
    assertThat(refused(olga, asking(folder))).isEqualTo(Reason.INVALID);
    Cid deep = tree(olga, Map.of());
    for (int i = 0; i < 130; i++) {
      deep = tree(olga, Map.of("d", new Tree.Directory(deep, 0)));
    }
    assertThat(refused(olga, asking(deep))).isEqualTo(Reason.INVALID);
    assertThat(builder.asked).isEmpty();
  }

  @Test
  void parametersThatMakeNoSenseAreRefused() {
    assertThat(refused(olga, asking(context).put("file", ""))).isEqualTo(Reason.INVALID);
    assertThat(refused(olga, asking(context).put("stage", "a\nb"))).isEqualTo(Reason.INVALID);
    assertThat(refused(olga, asking(context).put("within", 0))).isEqualTo(Reason.INVALID);
    assertThat(refused(olga, asking(context).put("arguments", Item.table().put("a", 1).build())))
        .isEqualTo(Reason.INVALID);
    assertThat(refused(olga, asking(context).put("other", 1))).isEqualTo(Reason.INVALID);
    assertThat(builder.asked).isEmpty();
  }

  @Test
  void aRecipeThatFailsIsToldWithWhatWasSaid() {
    builder.failure = new DriverException(DriverException.Kind.UNSUPPORTED, "it says: no");
    Reply reply = olga.asks("image.build", asking(context));
    assertThat(reason(reply)).isEqualTo(Reason.INVALID);
    assertThat(detail(reply)).isEqualTo("it says: no");
    assertThat(((Payload.NotPromised) reply.payload()).more().get("log"))
        .contains(Item.of("Step 1/1 : Dockerfile\n"));
  }

  @Test
  void whereNobodyIsAbleTheReasonsAreTold(@TempDir Path elsewhere) {
    Reply reply =
        olga.asks(
            "image.build",
            asking(context)
                .put("place", Item.table().put("drivers", Item.array(Item.of("other"))).build()));
    assertThat(reason(reply)).isEqualTo(Reason.UNABLE);
    assertThat(detail(reply)).contains("it isn't where this may be made");
    try (Household none = new Household(elsewhere)) {
      Person owner = none.owner();
      Cid folder =
          tree(owner, Map.of("Dockerfile", new Tree.File(owner.puts("FROM scratch"), 12, false)));
      assertThat(refused(owner, asking(folder))).isEqualTo(Reason.UNABLE);
    }
  }

  @Test
  void anImageThatCanNotBeReadWholeIsNotKept() {
    builder.breaks = true;
    assertThat(olga.asks("image.build", asking(context)).payload())
        .isInstanceOf(Payload.Broken.class);
    assertThat(builder.kept).isEmpty();
  }

  @Test
  void whoeverLeavesEndsIt() throws InterruptedException {
    builder.endless = true;
    AtomicReference<Optional<Throwable>> left = new AtomicReference<>(Optional.empty());
    Thread asking =
        Thread.ofVirtual()
            .start(() -> {
              try {
                house
                    .kernel()
                    .handle(
                        new Request(
                            olga.prepare(
                                function("image.build"),
                                asking(context).build(),
                                org.promisegrid.kernel.message.Input.none(),
                                Household.nonce()),
                            Optional.empty(),
                            "test"));
              } catch (InterruptedException e) {
                left.set(Optional.of(e));
              }
            });
    builder.begun.await();
    asking.interrupt();
    asking.join();
    assertThat(left.get()).containsInstanceOf(InterruptedException.class);
  }
}
