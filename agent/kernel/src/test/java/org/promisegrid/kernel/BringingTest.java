package org.promisegrid.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.nonce;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;

/// Whoever watches a call that waits for its code is told how far that is.
@Timeout(120)
final class BringingTest {

  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path home;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch waits = new CountDownLatch(1);
  private final CountDownLatch there = new CountDownLatch(1);
  private volatile Optional<Cid> slow = Optional.empty();
  private Household house;
  private Person olga;

  /// A target that is slow with one code.
  private final class Slow extends DriverAround {

    private final Host host;

    Slow(SandboxDriver inner, Host host) {
      super(inner);
      this.host = host;
    }

    @Override
    public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException {
      Optional<Cid> code = Optional.of(spec.form().code());
      if (code.equals(slow)) {
        Cid other = Cid.of("other".getBytes(UTF_8));
        host.tell(new SandboxEvent(SandboxEvent.Kind.BRINGING, "of another", Optional.of(other)));
        host.tell(new SandboxEvent(SandboxEvent.Kind.BRINGING, "1 of 3 layers", code));
        host.tell(new SandboxEvent(SandboxEvent.Kind.BRINGING, "2 of 3 layers", code));
        waits.countDown();
        there.await();
      }
      return super.create(id, spec, offer);
    }
  }

  @BeforeEach
  void open() {
    house = Household.over(home, it -> DriverAround.all(it, Slow::new));
    olga = house.owner();
  }

  @AfterEach
  void close() {
    there.countDown();
    house.close();
    threads.close();
  }

  private static Event came(Follow.EventStream stream) throws InterruptedException {
    return ((Follow.Next.Came) stream.next(LONG)).event();
  }

  private Follow.EventStream watch(Call call) {
    return ((Follow.Events) olga.asks("call.watch", Item.table().put("call", call.cid())).follow())
        .stream();
  }

  @Test
  void onlyOfItsOwnCodeOnlyTheLatestAndNothingOnceItRuns() throws Exception {
    Cid function =
        olga.defines(
            it -> {
              it.out().write("done".getBytes(UTF_8));
              return 0;
            },
            it -> {
              slow = Optional.of(it.descriptor().forms().getFirst().code());
              return it;
            });
    Call call = olga.prepare(function, Item.EMPTY, Input.none(), nonce());
    var answer = threads.submit(() -> olga.send(call));
    waits.await();
    try (Follow.EventStream watching = watch(call)) {
      Event far = came(watching);
      assertThat(far.kind()).isEqualTo("bringing");
      assertThat(far.detail().get("far")).contains(Item.of("2 of 3 layers"));
      assertThat(watching.next(Duration.ZERO)).isInstanceOf(Follow.Next.Quiet.class);
      there.countDown();
      assertThat(came(watching).kind()).isEqualTo("output");
      assertThat(came(watching).kind()).isEqualTo("ended");
    }
    Household.receipt(answer.get());
  }
}
