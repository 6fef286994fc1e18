package org.promisegrid.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.stranger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;

/// A call that isn't to be repeated, signed again and again: it is the same call until the last of
/// its signatures ends. Each lasts for 300 seconds here.
@Timeout(600)
final class SameCallTest {

  @TempDir Path home;
  @TempDir Path copy;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger runs = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore open = new Semaphore(0);
  private final Terms once = nonce();
  private final Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private Household house;
  private Person alice;
  private Cid pays;

  @BeforeEach
  void begin() {
    house = Household.at(home, start);
    Person olga = house.owner();
    pays =
        olga.defines(
            it -> {
              runs.incrementAndGet();
              begun.release();
              open.acquire();
              it.out().write("paid".getBytes(UTF_8));
              return 0;
            },
            it -> it.impure());
    alice = olga.grants(stranger(), it -> it.may(pays));
  }

  @AfterEach
  void end() {
    open.release(100);
    house.close();
    threads.close();
  }

  private Call signedAfter(long seconds) {
    house.setClock(start.plusSeconds(seconds));
    return alice.prepare(pays, Item.EMPTY, input("pay"), once);
  }

  private Receipt sentAfter(long seconds, Call call) {
    house.setClock(start.plusSeconds(seconds));
    return receipt(alice.send(call));
  }

  private Future<Reply> sends(Call call) {
    return threads.submit(() -> alice.send(call));
  }

  private Future<Reply> joins(Call call) throws InterruptedException {
    CountDownLatch joined = new CountDownLatch(1);
    Future<Reply> reply =
        threads.submit(
            () -> house.kernel().handle(new Request(call, "test").whenTaken(joined::countDown)));
    joined.await();
    return reply;
  }

  @Test
  void signedAnewItIsTheSameUntilThatSignatureEnds() {
    open.release();
    Receipt paid = sentAfter(0, signedAfter(0));
    Call anew = signedAfter(270);
    assertThat(receipt(alice.send(anew))).isEqualTo(paid);

    assertThat(sentAfter(301, anew)).isEqualTo(paid);
    house.restart();
    assertThat(sentAfter(569, anew)).isEqualTo(paid);
    assertThat(runs).hasValue(1);
  }

  @Test
  void onceAllItsSignaturesHaveEndedItsNonceIsFreeAgain() {
    open.release(2);
    Receipt paid = sentAfter(0, signedAfter(0));
    assertThat(receipt(alice.send(signedAfter(270)))).isEqualTo(paid);

    assertThat(sentAfter(570, signedAfter(570))).isNotEqualTo(paid);
    assertThat(runs).hasValue(2);
  }

  @Test
  void whoeverJoinsItWithASignatureThatEndsSoonerShortensNothing() throws Exception {
    Call early = signedAfter(0);
    Call late = signedAfter(200);
    Future<Reply> first = sends(late);
    begun.acquire();
    Future<Reply> second = joins(early);
    open.release();
    Receipt paid = receipt(first.get());
    assertThat(receipt(second.get())).isEqualTo(paid);

    assertThat(sentAfter(301, late)).isEqualTo(paid);
    house.restart();
    assertThat(sentAfter(499, late)).isEqualTo(paid);
    assertThat(runs).hasValue(1);
  }

  /// A target takes the run on and doesn't start it; by when the next one is asked, the input is
  /// gone.
  @Test
  void whatCameToNothingBeforeItBeganMayBeMadeAgain() throws Exception {
    house.close();
    AtomicInteger tried = new AtomicInteger();
    AtomicReference<Optional<Path>> gone = new AtomicReference<>(Optional.empty());
    house =
        Household.over(
            copy,
            inner ->
                DriverAround.all(
                    inner,
                    (driver, _) ->
                        new DriverAround(driver) {
                          @Override
                          public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer)
                              throws InterruptedException {
                            Sandbox made = super.create(id, spec, offer);
                            if (gone.get().isEmpty() || spec.pure()) {
                              return made;
                            }
                            if (tried.incrementAndGet() > 1) {
                              delete(gone.get().get());
                            }
                            return unstarted(made);
                          }
                        }),
            new MemoryTarget("one"),
            new MemoryTarget("two"));
    Person olga = house.owner();
    Cid copies =
        olga.defines(
            it -> {
              runs.incrementAndGet();
              it.in().transferTo(it.out());
              return 0;
            },
            it -> it.impure());
    byte[] large = new byte[ContentStore.LARGE];
    Cid input = olga.puts(large);
    gone.set(Optional.of(file(copy, input)));
    assertThat(reason(olga.asks(copies, Item.EMPTY, new Input.Content(input), once)))
        .isEqualTo(Reason.ABSENT);
    assertThat(tried).hasValue(2);
    gone.set(Optional.empty());
    assertThat(olga.puts(large)).isEqualTo(input);

    assertThat(
            receipt(olga.asks(copies, Item.EMPTY, new Input.Content(input), once)).body().outcome())
        .isInstanceOf(Receipt.Ended.Kept.class);
    assertThat(runs).hasValue(1);
  }

  private static Sandbox unstarted(Sandbox sandbox) {
    return (Sandbox)
        Proxy.newProxyInstance(
            Sandbox.class.getClassLoader(),
            new Class<?>[] {Sandbox.class},
            (_, method, arguments) -> {
              if (method.getName().equals("start")) {
                throw new DriverException(DriverException.Kind.UNAVAILABLE, "not now");
              }
              return method.invoke(sandbox, arguments);
            });
  }

  private static Path file(Path home, Cid cid) throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      return files
          .filter(it -> it.getFileName().toString().equals(cid.toString()))
          .findFirst()
          .orElseThrow();
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void itIsNotRunAgainForOneWhoHadJoinedWhenTheAgentWasKilled() throws Exception {
    Future<Reply> first = sends(signedAfter(0));
    begun.acquire();
    Call late = signedAfter(200);
    Future<Reply> second = joins(late);
    RestartTest.copy(home, copy);
    try (Household after = Household.at(copy, start.plusSeconds(301))) {
      house.lend(after);

      assertThat(receipt(alice.send(late)).body().outcome())
          .isInstanceOfSatisfying(
              Receipt.Ended.Broken.class, it -> assertThat(it.what()).isEqualTo(Receipt.What.LOST));
      assertThat(runs).hasValue(1);
    }
    open.release();
    assertThat(receipt(first.get())).isEqualTo(receipt(second.get()));
  }
}
