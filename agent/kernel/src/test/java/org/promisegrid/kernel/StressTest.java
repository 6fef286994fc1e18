package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.stranger;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;

/// Everything at once, by chance: calls, cancels, callers who leave, targets that fail. Whatever
/// happens, every call is answered, and nothing is left when all are done.
@Timeout(600)
class StressTest {

  private static final Fitness ILL = Fitness.unfit(Fitness.Status.UNHEALTHY, "it went away");
  private static final Fitness WELL =
      new Fitness(Fitness.Status.HEALTHY, "back", new Fitness.Capacity(8, 1L << 40), Map.of());

  /// What a call may be answered in all this.
  private static final Set<Reason> EXPECTED =
      EnumSet.of(
          Reason.UNABLE,
          Reason.EXHAUSTED,
          Reason.DEADLINE,
          Reason.REFUSED,
          Reason.NOT_CACHED,
          Reason.ABSENT,
          Reason.CONFLICT);

  @TempDir Path home;
  private final Random chance = new Random(seed());
  private final ConcurrentLinkedQueue<Call> made = new ConcurrentLinkedQueue<>();

  private static long seed() {
    long seed = Long.getLong("fuzz.seed", System.nanoTime());
    System.out.println("StressTest: -Dfuzz.seed=" + seed);
    return seed;
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.matches("(journal|alarms|measuring).*"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyCallIsAnsweredAndNothingIsLeft() throws Exception {
    Set<String> before = threads();
    MemoryTarget one = new MemoryTarget("one");
    MemoryTarget two = new MemoryTarget("two");
    try (Household house = new Household(home, one, two)) {
      Person olga = house.owner();
      List<Cid> functions = new ArrayList<>();
      functions.add(olga.defines(SHOUT, it -> it));
      functions.add(olga.defines(SHOUT, it -> it.impure()));
      functions.add(olga.defines(SHOUT, it -> it.idempotently()));
      functions.add(olga.defines(_ -> 3, it -> it));
      functions.add(
          olga.defines(
              it -> {
                it.out().write(new byte[400_000]);
                return 0;
              },
              it -> it.impure()));
      functions.add(
          olga.defines(
              it -> {
                // Until it is ended.
                it.in().readAllBytes();
                new java.util.concurrent.CountDownLatch(1).await();
                return 0;
              },
              it -> it.impure()));
      functions.add(
          olga.defines(
              _ -> {
                throw new IllegalStateException("by its own fault");
              },
              it -> it));
      List<Person> people = new ArrayList<>(List.of(olga));
      for (int i = 0; i < 3; i++) {
        people.add(
            olga.grants(
                stranger(),
                it ->
                    it.may(functions.toArray(new Cid[0]))
                        .may(function("content.put"), function("agent.status"))));
      }
      try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> all = new ArrayList<>();
        List<Terms> nonces = List.of(nonce(), nonce(), nonce());
        for (int i = 0; i < 400; i++) {
          Person who = people.get(chance.nextInt(people.size()));
          all.add(callers.submit(task(who, functions, nonces, one, two)));
          if (chance.nextInt(10) == 0) {
            all.get(chance.nextInt(all.size())).cancel(true); // its caller leaves
          }
        }
        heal(one, two); // so that whoever waits for one goes on
        for (Future<?> each : all) {
          if (!each.isCancelled()) {
            assertThat(each.get(500, TimeUnit.SECONDS)).isNull();
          }
        }
      }
      heal(one, two); // whoever made one ill last has gone, also those whose caller left
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
      while ((house.kernel().measures().running() > 0
              || house.kernel().measures().healthy().containsValue(false))
          && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      assertThat(house.kernel().measures().running()).isZero();
      assertThat(home.resolve("scratch")).isEmptyDirectory();
      house
          .kernel()
          .measures()
          .loads()
          .forEach(
              (target, load) -> assertThat(load.running() + load.waiting()).as(target).isZero());
      // Nothing that anybody did harmed the agent.
      assertThat(
              Household.text(
                  olga.asks(functions.getFirst(), Item.EMPTY, input("after all"), Terms.NONE)))
          .isEqualTo("AFTER ALL[]");
      List<Call> answered = List.copyOf(made);
      List<Payload> told = new ArrayList<>();
      answered.forEach(call ->
          told.add(olga.asks("call.await", Item.table().put("call", call.cid())).payload()));
      house.restart();
      for (int i = 0; i < answered.size(); i++) {
        // What was told of a call is told after a restart as well.
        assertThat(
                olga.asks("call.await", Item.table().put("call", answered.get(i).cid())).payload())
            .isEqualTo(told.get(i));
      }
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!before.containsAll(threads()) && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(threads()).isSubsetOf(before);
  }

  private static void heal(MemoryTarget... targets) {
    for (MemoryTarget target : targets) {
      target.refuse(DriverException.Kind.UNAVAILABLE, 0);
      target.become(WELL);
    }
  }

  private Runnable task(
      Person who, List<Cid> functions, List<Terms> nonces, MemoryTarget one, MemoryTarget two) {
    MemoryTarget target = chance.nextBoolean() ? one : two;
    String in = "input " + chance.nextInt(8);
    Terms once = nonces.get(chance.nextInt(nonces.size()));
    Cid function = functions.get(chance.nextInt(functions.size()));
    int kind = chance.nextInt(20);
    int within = 1 + chance.nextInt(400);
    return () -> {
      switch (kind) {
        case 0 -> target.become(ILL);
        case 1, 2 -> target.become(WELL);
        case 3 -> target.refuse(DriverException.Kind.UNAVAILABLE, 2);
        case 4 -> target.loseContact();
        case 5, 6 -> {
          Call call = made.poll();
          if (call != null) {
            check(who.asks("call.cancel", Item.table().put("call", call.cid())));
          }
        }
        case 7 -> check(who.asks("content.put", Item.table()));
        case 8 -> assertThat(who.puts(in)).isNotNull();
        case 9 ->
            check(
                who.asks(
                    function,
                    Item.EMPTY,
                    input(in),
                    nonce().toBuilder()
                        .cache(Terms.Cache.REFRESH)
                        .within(Duration.ofMillis(within))
                        .build()));
        case 10 ->
            check(
                who.asks(
                    function,
                    Item.EMPTY,
                    input(in),
                    once.toBuilder().within(Duration.ofMillis(within)).build()));
        default -> {
          Call call =
              who.prepare(
                  function,
                  Item.EMPTY,
                  kind < 14 ? input(in) : Input.none(),
                  nonce().toBuilder().within(Duration.ofMillis(within)).build());
          made.add(call);
          check(who.send(call));
        }
      }
    };
  }

  private static void check(Reply reply) {
    switch (reply.payload()) {
      case Payload.Kept _, Payload.Receipted _ -> {}
      case Payload.NotPromised(Reason reason, String detail, _) ->
          assertThat(EXPECTED.contains(reason) || reason == Reason.MALFORMED)
              .as(reason + detail)
              .isTrue();
      case Payload.Revoked _, Payload.Broken _, Payload.Promised _ ->
          throw new AssertionError("answered " + reply.payload());
    }
  }
}
