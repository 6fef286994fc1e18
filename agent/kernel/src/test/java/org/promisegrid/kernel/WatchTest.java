package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.receipt;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.sandbox.Cid;

/// Those who read along with a run.
@Timeout(600)
final class WatchTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir Path home;
  private Household house;
  private Person olga;
  private final CountDownLatch half = new CountDownLatch(1);
  private final CountDownLatch on = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private Call call;
  private Future<Reply> reply;

  @BeforeEach
  void open() throws Exception {
    house = new Household(home);
    olga = house.owner();
    Cid writes =
        olga.defines(
            it -> {
              it.out().write("abc".getBytes(StandardCharsets.UTF_8));
              it.log().write("xy".getBytes(StandardCharsets.UTF_8));
              half.countDown();
              on.await();
              it.out().write("def".getBytes(StandardCharsets.UTF_8));
              return 0;
            },
            it -> it.impure());
    call = olga.prepare(writes, Item.EMPTY, Input.none(), nonce());
    reply = threads.submit(() -> olga.send(call));
    half.await();
  }

  @AfterEach
  void close() {
    on.countDown();
    house.close();
    threads.close();
  }

  private Follow.EventStream watch(long output, long log) {
    return ((Follow.Events)
            olga.asks(
                    "call.watch",
                    Item.table().put("call", call.cid()).put("output", output).put("log", log))
                .follow())
        .stream();
  }

  private static Event came(Follow.EventStream stream) throws InterruptedException {
    return ((Follow.Next.Came) stream.next(LONG)).event();
  }

  private static String bytes(Event event) {
    return new String(
        ((Item.Bytes) event.detail().get("bytes").orElseThrow()).value(), StandardCharsets.UTF_8);
  }

  @Test
  void whoComesBackReadsOnWhereTheyWere() throws Exception {
    try (Follow.EventStream first = watch(0, 0)) {
      assertThat(bytes(came(first))).isEqualTo("abc");
      assertThat(bytes(came(first))).isEqualTo("xy");
    }
    try (Follow.EventStream second = watch(2, 2)) {
      Event rest = came(second);
      assertThat(bytes(rest)).isEqualTo("c");
      assertThat(rest.detail().get("at")).contains(Item.of(2));
      assertThat(second.next(Duration.ZERO)).isInstanceOf(Follow.Next.Quiet.class);
      on.countDown();
      Event more = came(second);
      assertThat(bytes(more)).isEqualTo("def");
      assertThat(more.detail().get("at")).contains(Item.of(3));
      assertThat(came(second).kind()).isEqualTo("ended");
      assertThat(second.next(LONG)).isInstanceOf(Follow.Next.Over.class);
    }
  }

  @Test
  void whoReadsAfterTheEndMissesNothing() throws Exception {
    try (Follow.EventStream slow = watch(0, 0)) {
      on.countDown();
      Cid receipt = receipt(reply.get()).cid();

      assertThat(bytes(came(slow))).isEqualTo("abcdef");
      assertThat(bytes(came(slow))).isEqualTo("xy");
      Event ended = came(slow);
      assertThat(ended.kind()).isEqualTo("ended");
      assertThat(ended.detail().get("receipt")).contains(Item.of(receipt));
    }
    assertThat(home.resolve("scratch")).isEmptyDirectory();
  }

  @Test
  void whoReadARunThatWasGivenUpIsToldSo() throws Exception {
    Follow.EventStream stream =
        ((Follow.Events)
                olga.asks(
                        "call.watch",
                        Item.table().put("call", call.cid()).put("run", 3).put("output", 700))
                    .follow())
            .stream();
    try (stream) {
      Event again = came(stream);
      assertThat(again.kind()).isEqualTo("again");
      assertThat(again.detail().get("run")).contains(Item.of(0));
      assertThat(bytes(came(stream))).isEqualTo("abc");
    }
  }
}
