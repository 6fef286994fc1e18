package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Condition;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;

/// What `token.list` tells of use, and what becomes of everything when the owner's key is changed.
final class TokenListTest {

  private final Instant noon = Instant.parse("2026-11-01T12:00:00Z");

  @TempDir Path folder;

  private Household house;
  private Person owner;
  private Cid shout;

  @BeforeEach
  void aFunction() {
    house = Household.at(folder.resolve("home"), noon);
    owner = house.owner();
    shout = owner.defines(Household.SHOUT, it -> it);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void whenATokenWasLastUsedIsToldToTheMinuteAlsoAfterARestart() {
    Person bob = owner.grants(Household.stranger(), grant -> grant.may(shout));
    calls(bob, "one");
    assertThat(number(bob, "last")).isEqualTo(noon.toEpochMilli());
    house.setClock(noon.plusSeconds(59));
    calls(bob, "two");
    assertThat(number(bob, "last")).isEqualTo(noon.toEpochMilli());
    house.setClock(noon.plusSeconds(90));
    calls(bob, "three");
    assertThat(number(bob, "last")).isEqualTo(noon.plusSeconds(90).toEpochMilli());
    house.restart();
    assertThat(number(bob, "last")).isEqualTo(noon.plusSeconds(90).toEpochMilli());
  }

  @Test
  void aUseOfATokenIsOneOfThoseAboveIt() {
    Person bob = owner.grants(Household.stranger(), grant -> grant.may(shout));
    Person carol = bob.grants(Household.stranger(), grant -> grant.may(shout));
    calls(carol, "x");
    assertThat(number(bob, "last")).isEqualTo(noon.toEpochMilli());
    assertThat(number(carol, "last")).isEqualTo(noon.toEpochMilli());
  }

  @Test
  void whatIsLeftAndWhatIsOverIsTold() {
    Person bob =
        owner.grants(
            Household.stranger(),
            grant ->
                grant
                    .may(shout)
                    .at(new Use(OptionalLong.of(3), Optional.empty()))
                    .until(noon.plus(Duration.ofHours(1))));
    calls(bob, "one");
    calls(bob, "two");
    assertThat(number(bob, "left")).isEqualTo(1);
    assertThat(number(bob, "used")).isEqualTo(2);
    assertThat(line(bob).get("over")).contains(Item.FALSE);
    house.setClock(noon.plus(Duration.ofHours(1)));
    assertThat(line(bob).get("over")).contains(Item.TRUE);
  }

  @Test
  void whatElseItAsksOfACallIsToldAsTheTokenHasIt() {
    Condition patient = Condition.term("within", Condition.Op.ABSENT, Item.NULL);
    Person bob =
        owner.grants(
            Household.stranger(),
            grant -> grant.may(shout).when(patient).at(Use.rate(5, Duration.ofMinutes(1))));
    calls(bob, "one");
    assertThat(line(bob).get("conditions"))
        .contains(
            Item.array(
                Item.array(
                    Item.array(Item.of("terms"), Item.of("within")),
                    Item.of("absent"),
                    Item.NULL)));
    assertThat(line(bob).get("rate")).contains(Item.array(Item.of(5), Item.of(60_000)));
    assertThat(number(bob, "issued")).isEqualTo(noon.toEpochMilli());
    assertThat(line(owner).get("conditions")).isEmpty();
    assertThat(line(owner).get("rate")).isEmpty();
  }

  @Test
  void whenACallCameAndWhenItWasAnsweredIsTold() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Cid waits =
        owner.defines(
            it -> {
              runs.countDown();
              go.await();
              return Household.SHOUT.run(it);
            },
            it -> it);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answer =
          threads.submit(() -> owner.asks(waits, Item.EMPTY, Household.input("long"), Terms.NONE));
      runs.await();
      house.setClock(noon.plusSeconds(5));
      Item.Table running = newestCall();
      assertThat(running.get("started")).contains(Item.of(noon.toEpochMilli()));
      assertThat(running.get("ended")).isEmpty();
      go.countDown();
      answer.get();
    }
    for (int i = 0; i < 2; i++) {
      Item.Table ended = newestCall();
      assertThat(ended.get("state")).contains(Item.of("ended"));
      assertThat(ended.get("started")).contains(Item.of(noon.toEpochMilli()));
      assertThat(ended.get("ended")).contains(Item.of(noon.plusSeconds(5).toEpochMilli()));
      house.restart();
    }
  }

  private Item.Table newestCall() {
    Item.Table kept = owner.gets("call.list", Item.table().put("limit", 1));
    return (Item.Table) ((Item.Array) kept.get("calls").orElseThrow()).items().getFirst();
  }

  @Test
  void anotherRootIsTheOwnersFromTheTimeItIsMadeAndTakesTheOldOneBack() {
    Person bob = owner.grants(Household.stranger(), grant -> grant.may(shout));
    assertThat(calls(bob, "x").payload()).isInstanceOf(Payload.Receipted.class);
    Person next = house.root(SigningKey.generate(new java.security.SecureRandom()), it -> it);
    assertThat(calls(next, "y").payload()).isInstanceOf(Payload.Receipted.class);
    Reply revoked =
        next.asks("token.revoke", Item.table().put("token", Cbor.encode(owner.chain.toItem())));
    assertThat(Household.kept(revoked)).isNotNull();
    assertThat(calls(owner, "z").payload()).isInstanceOf(Payload.Revoked.class);
    assertThat(calls(bob, "z").payload()).isInstanceOf(Payload.Revoked.class);
    assertThat(calls(next, "z").payload()).isInstanceOf(Payload.Receipted.class);
    house.restart();
    assertThat(calls(owner, "z").payload()).isInstanceOf(Payload.Revoked.class);
    assertThat(calls(next, "z").payload()).isInstanceOf(Payload.Receipted.class);
    // What the owner put before is the owner's, whatever their key.
    assertThat(next.reads(shout)).isNotEmpty();
  }

  private Reply calls(Person person, String input) {
    return person.asks(shout, Item.EMPTY, Household.input(input), Terms.NONE);
  }

  private long number(Person of, String name) {
    return ((Item.Int) line(of).get(name).orElseThrow()).value();
  }

  private Item.Table line(Person of) {
    Item.Table kept = owner.gets("token.list", Item.table());
    for (Item line : ((Item.Array) kept.get("tokens").orElseThrow()).items()) {
      if (Household.link((Item.Table) line, "token").equals(of.token())) {
        return (Item.Table) line;
      }
    }
    throw new AssertionError("not listed: " + of.token());
  }
}
