package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.how;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.link;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.content.Database;
import org.promisegrid.kernel.message.Answer.How;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;

/// What was harmed on the disk is told and never served; who leaves at a bad moment harms nobody.
@Timeout(600)
class HarmTest {

  @TempDir Path home;
  private Household house;
  private Person olga;
  private final AtomicInteger runs = new AtomicInteger();

  @BeforeEach
  void open() {
    house = new Household(home);
    olga = house.owner();
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// Changes small content behind the agent's back.
  private void harm(Cid cid) {
    house.restart(() -> {
      try (Database small =
          Database.open(home.resolve("small"), Set.of("content"), Database.Durability.SYNCED)) {
        byte[] bytes = small.get("content", cid.digest()).orElseThrow();
        bytes[bytes.length / 2] ^= 1;
        small.put("content", cid.digest(), bytes);
      }
    });
  }

  private Cid writes(int size) {
    return olga.defines(
        it -> {
          runs.incrementAndGet();
          it.out().write(new byte[size]);
          return 0;
        },
        it -> it);
  }

  @Test
  void smallContentThatWasChangedIsNamedAndHealedByWhoeverHasIt() {
    Cid cid = olga.puts("small content");
    harm(cid);
    for (int i = 0; i < 2; i++) {
      Reply reply = olga.asks("content.get", Item.table().put("cid", cid));
      assertThat(reply.payload())
          .isInstanceOfSatisfying(
              Payload.Broken.class, it -> assertThat(it.detail()).contains(cid.toString()));
      assertThat(reply.follow()).isInstanceOf(Follow.None.class);
    }
    assertThat(olga.puts("small content")).isEqualTo(cid);
    assertThat(olga.reads(cid)).isNotEmpty();
  }

  @Test
  void largeContentThatWasChangedIsNamedAndNotServedBeyondTheHarm() throws IOException {
    byte[] large = new byte[600_000];
    Cid cid = olga.puts(large);
    Path file;
    try (Stream<Path> files = Files.walk(home.resolve("content"))) {
      file = files.filter(it -> it.endsWith(cid.toString())).findAny().orElseThrow();
    }
    byte[] harmed = large.clone();
    harmed[400_000] = 1;
    Files.write(file, harmed);
    Reply reply = olga.asks("content.get", Item.table().put("cid", cid));
    int read = 0;
    boolean named = false;
    try (InputStream bytes = ((Follow.Bytes) reply.follow()).bytes()) {
      while (true) {
        int b = bytes.read();
        if (b < 0) {
          break;
        }
        assertThat(b).isZero();
        read++;
      }
    } catch (IOException e) {
      named = String.valueOf(e.getMessage()).contains(cid.toString());
    }
    assertThat(named).isTrue();
    assertThat(read).isLessThanOrEqualTo(400_000);
    olga.puts(large);
    assertThat(olga.reads(cid)).isEqualTo(large);
  }

  @Test
  void aResultThatWasChangedIsNoResultAndARunPutsItRight() throws IOException {
    for (int size : new int[] {10, 100_000, 400_000}) {
      runs.set(0);
      Cid function = writes(size);
      Reply first = olga.asks(function, Item.EMPTY, Input.none(), Terms.NONE);
      Cid result = receipt(first).body().result().orElseThrow().cid();
      if (size < 60_000) {
        harm(result);
      } else {
        try (Stream<Path> files = Files.walk(home.resolve("content"))) {
          Path file = files.filter(it -> it.endsWith(result.toString())).findAny().orElseThrow();
          byte[] bytes = Files.readAllBytes(file);
          bytes[bytes.length / 2] ^= 1;
          Files.write(file, bytes);
        }
        // Found where it is read.
        Reply reply = olga.asks("content.get", Item.table().put("cid", result));
        if (reply.follow() instanceof Follow.Bytes(InputStream bytes, _)) {
          assertThat(readable(bytes)).isFalse();
        }
      }
      Reply again = olga.asks(function, Item.EMPTY, Input.none(), Terms.NONE);
      assertThat(how(again)).as("of " + size).isEqualTo(How.RUN);
      assertThat(olga.reads(result)).isEqualTo(new byte[size]);
      assertThat(how(olga.asks(function, Item.EMPTY, Input.none(), Terms.NONE)))
          .isEqualTo(How.CACHE);
      assertThat(runs).hasValue(2);
    }
  }

  @Test
  void anInputThatWasChangedIsNamedToTheCallerAndHealedByWhoeverHasIt() {
    Cid shout = olga.defines(SHOUT, it -> it);
    Cid input = olga.puts("hello");
    harm(input);
    var call = new Input.Content(input);
    assertThat(olga.asks(shout, Item.EMPTY, call, Terms.NONE).payload())
        .isInstanceOfSatisfying(
            Payload.Broken.class, broken -> assertThat(broken.detail()).contains(input.toString()));
    olga.puts("hello");
    assertThat(text(olga.asks(shout, Item.EMPTY, call, Terms.NONE))).isEqualTo("HELLO[]");
  }

  private static boolean readable(InputStream in) {
    try (in) {
      in.readAllBytes();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aReceiptThatWasChangedIsNoHit() {
    Cid function = writes(5);
    Cid receipt = receipt(olga.asks(function, Item.EMPTY, Input.none(), Terms.NONE)).cid();
    harm(receipt);
    assertThat(how(olga.asks(function, Item.EMPTY, Input.none(), Terms.NONE))).isEqualTo(How.RUN);
    assertThat(how(olga.asks(function, Item.EMPTY, Input.none(), Terms.NONE))).isEqualTo(How.CACHE);
  }

  @Test
  void aFunctionWhoseDescriptorWasChangedIsBroken() {
    Cid function = writes(5);
    harm(function);
    assertThat(olga.asks(function, Item.EMPTY, Input.none(), Terms.NONE).payload())
        .isInstanceOf(Payload.Broken.class);
  }

  @Test
  void whoLeavesAtAnyMomentHarmsNobody() throws Exception {
    Cid shout = olga.defines(SHOUT, it -> it.impure());
    for (int i = 0; i < 60; i++) {
      int turn = i;
      Thread caller =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  olga.asks(shout, Item.EMPTY, input("leaving " + turn), nonce());
                  olga.puts("leaving " + turn);
                  olga.names("left", shout);
                } catch (IllegalStateException | AssertionError e) {
                  // It left: whatever it was told, nobody hears it.
                  Thread.currentThread().interrupt();
                }
              });
      Thread.onSpinWait();
      for (int spin = 0; spin < turn * 400; spin++) {
        Thread.onSpinWait();
      }
      caller.interrupt();
      caller.join();
    }
    assertThat(text(olga.asks(shout, Item.EMPTY, input("here"), nonce()))).isEqualTo("HERE[]");
    house.restart();
    assertThat(olga.puts("still here")).isNotNull();
  }

  @Test
  void aWatcherWhoLeavesDoesNotEndTheRun() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    Cid writer =
        olga.defines(
            it -> {
              it.out().write(new byte[600_000]); // beyond what stays in memory
              runs.incrementAndGet();
              open.await();
              it.out().write(new byte[600_000]);
              return 0;
            },
            it -> it);
    var call = olga.prepare(writer, Item.EMPTY, Input.none(), Terms.NONE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Reply> reply = threads.submit(() -> olga.send(call));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      for (int i = 0; i < 20; i++) {
        Follow.EventStream stream =
            ((Follow.Events) olga.asks("call.watch", Item.table().put("call", call.cid())).follow())
                .stream();
        Thread watcher =
            Thread.ofVirtual()
                .start(() -> {
                  try (stream) {
                    while (stream.next(java.time.Duration.ofMinutes(2))
                        instanceof Follow.Next.Came) {
                      Thread.onSpinWait();
                    }
                  } catch (InterruptedException | RuntimeException e) {
                    Thread.currentThread().interrupt();
                  }
                });
        for (int spin = 0; spin < i * 2000; spin++) {
          Thread.onSpinWait();
        }
        watcher.interrupt();
        watcher.join();
      }
      open.countDown();
      assertThat(receipt(reply.get()).body().result().orElseThrow().size()).isEqualTo(1_200_000);
    }
    assertThat(home.resolve("scratch")).isEmptyDirectory();
  }

  @Test
  void whoJoinsARunOnOtherTermsIsNotAnsweredWithWhatThoseBroke() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    Cid hungry =
        olga.defines(
            it -> {
              runs.incrementAndGet();
              open.await();
              it.memory().allocate(2 << 20);
              return 0;
            },
            it -> it);
    Terms little =
        Terms.builder()
            .limits(
                new Terms.Bounds(
                    java.util.Optional.empty(),
                    java.util.OptionalLong.of(1 << 20),
                    java.util.OptionalLong.empty(),
                    java.util.OptionalLong.empty()))
            .build();
    var second = olga.prepare(hungry, Item.EMPTY, Input.none(), Terms.NONE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Reply> poor =
          threads.submit(() -> olga.asks(hungry, Item.EMPTY, Input.none(), little));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      Future<Reply> rich = threads.submit(() -> olga.send(second));
      while (olga.asks("call.await", Item.table().put("call", second.cid())).payload()
              instanceof Payload.NotPromised(Reason reason, _, _)
          && reason == Reason.ABSENT) {
        Thread.onSpinWait();
      }
      Follow.EventStream watched =
          ((Follow.Events) olga.asks("call.watch", Item.table().put("call", second.cid())).follow())
              .stream();
      open.countDown();
      assertThat(receipt(poor.get()).body().outcome())
          .isInstanceOf(org.promisegrid.kernel.message.Receipt.Ended.Broken.class);
      var _ =
          olga.asks("call.await", Item.table().put("call", second.cid()).put("within", 600_000));
      List<String> kinds = new ArrayList<>();
      while (watched.next(java.time.Duration.ofMinutes(5))
          instanceof Follow.Next.Came(Event event)) {
        kinds.add(event.kind());
      }
      watched.close();
      assertThat(kinds).containsExactly("again", "ended");
      assertThat(receipt(rich.get()).body().outcome())
          .isInstanceOf(org.promisegrid.kernel.message.Receipt.Ended.Kept.class);
    }
  }

  @Test
  void aCallThatNobodyCouldTakeMayBeMadeAgain() {
    Cid acts = olga.defines(SHOUT, it -> it.impure());
    Terms once = nonce();
    // All until then: the target's own measuring may come first.
    house.target.refuse(DriverException.Kind.UNAVAILABLE, Integer.MAX_VALUE);
    assertThat(reason(olga.asks(acts, Item.EMPTY, input("x"), once))).isEqualTo(Reason.UNABLE);
    house.target.refuse(DriverException.Kind.UNAVAILABLE, 0);
    assertThat(text(olga.asks(acts, Item.EMPTY, input("x"), once))).isEqualTo("X[]");
  }

  @Test
  void aHarmedRefTargetIsToldAndTheRefMovesOn() {
    Cid head = olga.puts("head");
    olga.names("ref", head);
    harm(head);
    assertThat(olga.asks("ref.get", Item.table().put("name", "ref")).payload())
        .isInstanceOf(Payload.Broken.class);
    Cid next = olga.puts("next");
    assertThat(
            link(
                olga.gets(
                    "ref.propose",
                    Item.table().put("name", "ref").put("base", head).put("head", next)),
                "head"))
        .isEqualTo(next);
  }
}
