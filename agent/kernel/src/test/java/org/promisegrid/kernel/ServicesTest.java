package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.stranger;
import static org.promisegrid.kernel.Servants.items;
import static org.promisegrid.kernel.Servants.line;
import static org.promisegrid.kernel.Servants.number;
import static org.promisegrid.kernel.Servants.removes;
import static org.promisegrid.kernel.Servants.replica;
import static org.promisegrid.kernel.Servants.runs;
import static org.promisegrid.kernel.Servants.service;
import static org.promisegrid.kernel.Servants.stops;
import static org.promisegrid.kernel.Servants.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.secret.SecretName;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Fitness;

/// Services on the memory driver's target, which keeps them across kernels as an engine does.
@Timeout(900)
final class ServicesTest {

  private static final Fitness WELL =
      new Fitness(Fitness.Status.HEALTHY, "", new Fitness.Capacity(4, 1L << 40), Map.of());

  @TempDir Path home;
  @TempDir Path copy;

  private final MemoryTarget target = MemoryTarget.serving("one");
  private final Servants servants = new Servants(target);
  private Household house;
  private Person olga;

  @BeforeEach
  void begin() {
    house = new Household(home, target);
    olga = house.owner();
  }

  @AfterEach
  void end() {
    house.close();
  }

  /// What happens while there is no agent.
  private interface Meanwhile {
    void run() throws InterruptedException;
  }

  /// Ends the agent as kill -9 does, as far as anybody can tell, and begins another.
  private void killed(Meanwhile meanwhile) throws InterruptedException {
    RestartTest.copy(home, copy);
    house.close();
    meanwhile.run();
    house = new Household(copy, target);
    olga = house.owner();
  }

  private static List<String> lines(Reply reply) throws InterruptedException {
    List<String> lines = new ArrayList<>();
    try (Follow.EventStream events = ((Follow.Events) reply.follow()).stream()) {
      while (true) {
        Event event = ((Follow.Next.Came) events.next(Duration.ofMinutes(5))).event();
        if (event.kind().equals("ended")) {
          event.detail().get("code").ifPresent(code -> lines.add("code " + code));
          return lines;
        }
        byte[] bytes = ((Item.Bytes) event.detail().get("bytes").orElseThrow()).value();
        lines.add(new String(bytes, StandardCharsets.UTF_8).strip());
      }
    }
  }

  @Test
  void aServiceRunsIsStoppedStartedAndRemoved() throws Exception {
    Item.Table line =
        runs(
            olga,
            "web",
            service(servants.image(olga, "web"))
                .put("ports", Item.array(Item.table().put("inside", 80).build()))
                .put("volumes", Item.table().put("data", "/data").build()));
    assertThat(text(replica(line, 0), "target")).isEqualTo("memory:one");
    assertThat(number((Item.Table) items(replica(line, 0), "ports").getFirst(), "port"))
        .isPositive();
    servants.awaitLive("web", 1);
    assertThat(lines(olga.asks("service.logs", Item.table().put("name", "web"))))
        .containsExactly("web begins");

    stops(olga, "web");
    assertThat(number((Item.Table) replica(line(olga, "web"), 0).get("exit").orElseThrow(), "code"))
        .isEqualTo(143);
    line = olga.gets("service.start", Item.table().put("name", "web").put("within", 300_000));
    assertThat(text(line, "state")).isEqualTo("running");
    assertThat(number(replica(line, 0), "generation")).isEqualTo(1);
    servants.awaitStarts("web", 2);

    assertThat(removes(olga, "web", true).get("gone")).contains(Item.TRUE);
    assertThat(items(olga.gets("service.list", Item.table()), "services")).isEmpty();
    assertThat(reason(olga.asks("service.stop", Item.table().put("name", "web"))))
        .isEqualTo(Reason.ABSENT);
  }

  @Test
  void aChangedServiceIsReplacedAndOneWatchedOtherwiseIsNot() {
    Cid image = servants.image(olga, "web");
    runs(olga, "web", service(image));
    Item.Table watched =
        runs(olga, "web", service(image).put("restart", Item.table().put("most", 3).build()));
    assertThat(number(replica(watched, 0), "generation")).isEqualTo(1);
    Item.Table changed =
        runs(olga, "web", service(image).put("environment", Item.table().put("A", "b").build()));
    assertThat(number(replica(changed, 0), "generation")).isEqualTo(2);
    Item.Table more =
        runs(
            olga,
            "web",
            service(image)
                .put("environment", Item.table().put("A", "b").build())
                .put("replicas", 3));
    assertThat(items(more, "replicas")).hasSize(3);
    assertThat(number(replica(more, 0), "generation")).isEqualTo(2);
    servants.awaitStarts("web", 4);
  }

  @Test
  void anAgentThatWasKilledTakesUpAHundredServicesAndRestartsNone() throws Exception {
    Cid image = servants.image(olga, "web");
    for (int i = 0; i < 100; i++) {
      var _ =
          olga.gets(
              "service.start",
              Item.table().put("name", "web-" + i).put("service", service(image).build()));
    }
    for (int i = 0; i < 100; i++) {
      var _ = Servants.await(olga, "web-" + i, "running");
    }
    killed(() -> servants.awaitStarts("web", 100));
    for (int i = 0; i < 100; i++) {
      Item.Table line = Servants.await(olga, "web-" + i, "running");
      assertThat(number(replica(line, 0), "generation")).isEqualTo(1);
      assertThat(number(replica(line, 0), "restarts")).isZero();
    }
    servants.awaitStarts("web", 100);
  }

  @Test
  void whatEndedMeanwhileIsToldWithItsCodeAndStartedAgain() throws Exception {
    runs(olga, "web", service(servants.image(olga, "web")));
    runs(
        olga,
        "job",
        service(servants.image(olga, "job"))
            .put("restart", Item.table().put("policy", "never").build()));
    stops(olga, "web");
    var _ = olga.gets("service.start", Item.table().put("name", "web").put("within", 300_000));
    killed(() -> {
      servants.end("web", 42);
      servants.end("job", 7);
      target.awaitEnded(2);
    });
    assertThat(
            number(
                (Item.Table)
                    replica(Servants.await(olga, "job", "failed"), 0).get("exit").orElseThrow(),
                "code"))
        .isEqualTo(7);
    Item.Table line = Servants.await(olga, "web", "running");
    assertThat(number((Item.Table) replica(line, 0).get("exit").orElseThrow(), "code"))
        .isEqualTo(42);
    servants.awaitStarts("web", 3);
    List<Item.Table> job = Servants.upTo(olga, "job", "ended");
    assertThat(number(job.getLast(), "code")).isEqualTo(7);
    servants.awaitStarts("job", 1);
  }

  @Test
  void whatWasStoppedStaysSoWhateverHappens() throws Exception {
    runs(olga, "web", service(servants.image(olga, "web")));
    stops(olga, "web");
    killed(() -> {});
    assertThat(Servants.await(olga, "web", "stopped")).isNotNull();
    servants.awaitStarts("web", 1);
    Item.Table line =
        olga.gets("service.start", Item.table().put("name", "web").put("within", 300_000));
    assertThat(text(line, "state")).isEqualTo("running");
  }

  @Test
  void anEngineThatIsAwayIsWaitedForAndNothingIsStartedTwice() {
    runs(olga, "web", service(servants.image(olga, "web")));
    target.become(Fitness.unfit(Fitness.Status.UNDETECTED, "the engine isn't there"));
    assertThat(Servants.await(olga, "web", "unknown")).isNotNull();
    assertThat(
            reason(
                olga.asks(
                    "service.exec",
                    Item.table().put("name", "web").put("words", Item.array(Item.of("nothing"))))))
        .isEqualTo(Reason.CONFLICT);
    target.become(WELL);
    assertThat(Servants.await(olga, "web", "running")).isNotNull();
    servants.awaitStarts("web", 1);
  }

  @Test
  void oneThatEndsAtOnceSaysWhyAndWhatWouldHelp() throws Exception {
    Cid image =
        servants.image(
            olga,
            "bad",
            it -> {
              it.log()
                  .write("mkdir /data: Read-only file system\n".getBytes(StandardCharsets.UTF_8));
              return 30;
            });
    Item.Table line =
        olga.gets(
            "service.start",
            Item.table()
                .put("name", "bad")
                .put(
                    "service",
                    service(image)
                        .put("restart", Item.table().put("policy", "never").build())
                        .build())
                .put("within", 300_000));
    assertThat(text(line, "state")).isIn("running", "failed"); // it did run
    Item.Table replica = replica(Servants.await(olga, "bad", "failed"), 0);
    assertThat(text(replica, "log")).contains("Read-only file system");
    assertThat(text(replica, "hint")).contains("volumes");
    assertThat(number((Item.Table) replica.get("exit").orElseThrow(), "code")).isEqualTo(30);
    assertThat(text(Servants.upTo(olga, "bad", "failed").getLast(), "why")).contains("Read-only");
  }

  @Test
  void aProgramBesideItReadsWhatComesByFurtherCalls() throws Exception {
    runs(olga, "web", service(servants.image(olga, "web")));
    var _ =
        target.register(
            "cat",
            it -> {
              it.in().transferTo(it.out());
              return 3;
            });
    Reply begun =
        olga.asks(
            "service.exec",
            Item.table().put("name", "web").put("words", Item.array(Item.of("cat"))));
    Cid exec = Household.link(Household.kept(begun), "exec");
    Item.TableBuilder more = Item.table().put("name", "web").put("exec", exec);
    Person other = olga.grants(stranger(), it -> it.may(function("service.exec")));
    assertThat(reason(other.asks("service.exec", more))).isEqualTo(Reason.ABSENT);
    var _ =
        olga.gets(
            "service.exec",
            more.put("input", "hello\n".getBytes(StandardCharsets.UTF_8)).put("end", true));
    assertThat(lines(begun)).containsExactly("hello", "code 3");
    assertThat(reason(olga.asks("service.exec", more))).isEqualTo(Reason.ABSENT);
  }

  @Test
  void restartStartsEachReplicaOnceMore() {
    runs(olga, "web", service(servants.image(olga, "web")).put("replicas", 2));
    Item.Table line =
        olga.gets("service.restart", Item.table().put("name", "web").put("within", 300_000));
    assertThat(text(line, "state")).isEqualTo("running");
    servants.awaitStarts("web", 4);
    assertThat(number(replica(line, 1), "restarts")).isEqualTo(1);
  }

  @Test
  void anUnhealthyOneIsStartedAgain() throws Exception {
    var _ = target.register("fails", _ -> 1);
    Item health =
        Item.table()
            .put("exec", Item.array(Item.of("fails")))
            .put("every", 100)
            .put("retries", 2)
            .put("within", 0)
            .build();
    var _ =
        olga.gets(
            "service.start",
            Item.table()
                .put("name", "ill")
                .put(
                    "service", service(servants.image(olga, "ill")).put("health", health).build()));
    assertThat(Servants.upTo(olga, "ill", "ended"))
        .extracting(it -> text(it, "event"))
        .containsExactly("started", "unhealthy", "ended");
  }

  @Test
  void nobodyMovesAStackByHand() {
    runs(olga, "web", service(servants.image(olga, "web")));
    Cid other = olga.puts("something");
    assertThat(
            reason(
                olga.asks(
                    "ref.propose", Item.table().put("name", "stacks/web").put("head", other))))
        .isEqualTo(Reason.REFUSED);
  }

  // Security, as stories.

  @Test
  void theHolderOfATokenForOneServiceTouchesNoOther() {
    runs(olga, "web", service(servants.image(olga, "web")));
    runs(olga, "db", service(servants.image(olga, "db")));
    Person alice =
        olga.grants(
            stranger(),
            it ->
                it.may(function("service.restart"), function("service.list"))
                    .bind("name", Item.of("web")));
    assertThat(text(alice.gets("service.restart", Item.table().put("within", 300_000)), "state"))
        .isEqualTo("running");
    assertThat(reason(alice.asks("service.restart", Item.table().put("name", "db"))))
        .isEqualTo(Reason.REFUSED);
    assertThat(items(alice.gets("service.list", Item.table()), "services")).hasSize(1);
    assertThat(reason(alice.asks("service.stop", Item.table().put("name", "web"))))
        .isEqualTo(Reason.ABSENT);
    servants.awaitStarts("db", 1);
  }

  @Test
  void aDeviceIsAskedOnlyOfTargetsThatGiveSuch() {
    Cid image = servants.image(olga, "web");
    assertThat(
            starts(
                    olga,
                    "web",
                    service(image).put("devices", Item.array(Item.of("nvidia.com/gpu=all"))))
                .toString())
        .contains("it gives services no devices: nvidia.com/gpu=all");
    assertThat(items(olga.gets("service.list", Item.table()), "services")).isEmpty();
  }

  @Test
  void whatIsOfTheHostOnlyTheOwnerGives() {
    Cid image = servants.image(olga, "web");
    Person alice =
        olga.grants(
            stranger(), it -> it.may(function("service.start"), function("content.put"), image));
    List<Item.TableBuilder> asked =
        List.of(
            service(image)
                .put(
                    "binds",
                    Item.array(Item.table().put("source", "/srv").put("path", "/srv").build())),
            service(image).put("devices", Item.array(Item.of("/dev/kvm"))),
            service(image)
                .put(
                    "ports",
                    Item.array(Item.table().put("inside", 80).put("address", "0.0.0.0").build())),
            service(image).put("isolation", "any"),
            service(image)
                .put(
                    "volumes",
                    Item.table()
                        .put("d", Item.table().put("path", "/d").put("external", true).build())
                        .build()));
    for (Item.TableBuilder service : asked) {
      assertThat(reason(starts(alice, "evil", service))).isEqualTo(Reason.REFUSED);
    }
    assertThat(items(olga.gets("service.list", Item.table()), "services")).isEmpty();
    runs(alice, "good", service(image));
  }

  private static Reply starts(Person person, String name, Item.TableBuilder service) {
    return person.asks(
        "service.start", Item.table().put("name", name).put("service", service.build()));
  }

  @Test
  void secretsAndContentThatOneHasNoRightToAreAbsent() {
    Cid image = servants.image(olga, "web");
    Household.kept(olga.keepsSecret("db", "hunter2".getBytes(StandardCharsets.UTF_8)));
    Cid secret = new SecretName("db").cid(house.kernel().node());
    Person alice = olga.grants(stranger(), it -> it.may(function("service.start"), image));
    Person bob = olga.grants(stranger(), it -> it.may(function("service.start"), image, secret));
    Person carl = olga.grants(stranger(), it -> it.may(function("service.start")));
    Item secrets = Item.table().put("db", "/run/secrets/db").build();
    assertThat(reason(starts(alice, "web", service(image).put("secrets", secrets))))
        .isEqualTo(Reason.ABSENT);
    assertThat(reason(starts(carl, "web", service(image)))).isEqualTo(Reason.ABSENT);
    runs(bob, "web", service(image).put("secrets", secrets));
    assertThat(line(olga, "web").toString()).doesNotContain("hunter2");
  }

  @Test
  void aTokenThatIsTakenBackStopsWhatItStartedForGood() throws Exception {
    Cid image = servants.image(olga, "web");
    Person alice = olga.grants(stranger(), it -> it.may(function("service.start"), image));
    Person bob = alice.grants(stranger(), it -> it.may(function("service.start"), image));
    runs(bob, "web", service(image));
    Household.kept(olga.asks("token.revoke", Item.table().put("token", alice.token())));
    Item.Table line = Servants.await(olga, "web", "stopped");
    assertThat(text(line, "why")).contains(alice.token().toString());
    killed(() -> {});
    assertThat(Servants.await(olga, "web", "stopped")).isNotNull();
    // What it is was still said by somebody who may not any more.
    line = olga.gets("service.start", Item.table().put("name", "web"));
    assertThat(text(line, "state")).isEqualTo("stopped");
    runs(olga, "web", service(image));
    servants.awaitStarts("web", 2);
  }
}
