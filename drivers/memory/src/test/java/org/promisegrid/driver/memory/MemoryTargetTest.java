package org.promisegrid.driver.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;

/// What a test can make a target do, beyond the contract.
@Timeout(600)
class MemoryTargetTest {

  private static final NodeId NODE = new NodeId("did:key:zNode");

  private final MemoryTarget target = new MemoryTarget("local");
  private final TestContent content = new TestContent();
  private final TestHost host;
  private final MemoryDriver driver;
  private int created;

  MemoryTargetTest(@TempDir Path scratch) {
    this.host = new TestHost(NODE, scratch, content);
    this.driver = new MemoryDriver(target, host);
  }

  @AfterEach
  void close() {
    target.of(NODE).forEach(Sandbox::close);
    driver.close();
  }

  @Test
  void aTestGatesAWorkloadWithItsOwnLatch() throws InterruptedException {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    Sandbox sandbox =
        start(_ -> {
          arrived.countDown();
          gate.await();
          return 4;
        });
    arrived.await();
    gate.countDown();
    assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exited(4));
  }

  @Test
  void whatAProgramThrowsIsItsFault() throws InterruptedException {
    Sandbox sandbox =
        start(_ -> {
          throw new StackOverflowError("too deep");
        });
    assertThat(sandbox.await().outcome())
        .isInstanceOfSatisfying(
            Outcome.Faulted.class, fault -> assertThat(fault.reason()).contains("too deep"));
  }

  @Test
  void itsMemoryLimitIsExact() throws InterruptedException {
    long limit = Limits.DEFAULT.memory();
    assertThat(start(allocating(limit, 0)).await().outcome()).isEqualTo(new Outcome.Exited(0));
    assertThat(start(allocating(limit, 1)).await().outcome())
        .isEqualTo(new Outcome.Exceeded(Limit.MEMORY));
  }

  @Test
  void memoryThatWasFreedMayBeTakenAgain() throws InterruptedException {
    long limit = Limits.DEFAULT.memory();
    Sandbox sandbox =
        start(workload -> {
          workload.memory().allocate(limit);
          workload.memory().free(1);
          workload.memory().allocate(1);
          return 0;
        });
    var ending = sandbox.await();
    assertThat(ending.outcome()).isEqualTo(new Outcome.Exited(0));
    assertThat(ending.usage().memory()).isEqualTo(limit);
  }

  @Test
  void anUnhealthyTargetSaysSoAndCreatesNothing() {
    target.become(Fitness.unfit(Fitness.Status.UNHEALTHY, "on fire"));
    assertThat(driver.probe().reason()).isEqualTo("on fire");
    assertThat(host.told())
        .extracting(SandboxEvent::kind)
        .containsExactly(SandboxEvent.Kind.FITNESS_CHANGED);
    assertCreateFails(DriverException.Kind.UNAVAILABLE);
  }

  @Test
  void createsAreRefusedAsOftenAsATestSays() throws InterruptedException {
    target.refuse(DriverException.Kind.BROKEN, 2);
    assertCreateFails(DriverException.Kind.BROKEN);
    assertCreateFails(DriverException.Kind.BROKEN);
    assertThat(start(_ -> 0).await().outcome()).isEqualTo(new Outcome.Exited(0));
  }

  @Test
  void aFullTargetIsExhaustedUntilSomethingEnds() throws InterruptedException {
    CountDownLatch gate = new CountDownLatch(1);
    target.become(healthy(new Fitness.Capacity(1, Long.MAX_VALUE)));
    Sandbox first = start(waiting(gate));
    assertCreateFails(DriverException.Kind.EXHAUSTED);
    gate.countDown();
    first.await();
    assertThat(start(_ -> 0).await().outcome()).isEqualTo(new Outcome.Exited(0));
  }

  @Test
  void memoryIsExhaustedToo() throws InterruptedException {
    CountDownLatch gate = new CountDownLatch(1);
    target.become(healthy(new Fitness.Capacity(9, 2 * Limits.DEFAULT.memory())));
    start(waiting(gate));
    start(waiting(gate));
    assertCreateFails(DriverException.Kind.EXHAUSTED);
  }

  @Test
  void contactIsLostWithWhatRuns() throws InterruptedException {
    Sandbox ended = start(_ -> 0);
    ended.await();
    Sandbox running = start(waiting(new CountDownLatch(1)));
    target.loseContact();
    assertThat(running.await().outcome()).isInstanceOf(Outcome.Lost.class);
    assertThat(ended.await().outcome()).isEqualTo(new Outcome.Exited(0));
  }

  @Test
  void aFailureOfTheAgentsStreamsIsNotTheWorkloads() throws InterruptedException {
    Stdio broken =
        new Stdio(
            InputStream.nullInputStream(),
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("disk full");
              }
            },
            OutputStream.nullOutputStream());
    Sandbox sandbox = create(workload -> write(workload, 1));
    sandbox.start(Invocation.of(), broken, Port.closed());
    assertThat(sandbox.await().outcome())
        .isInstanceOfSatisfying(
            Outcome.Lost.class, lost -> assertThat(lost.why()).contains("disk full"));
  }

  @Test
  void offersTellWhatATestExpectsAndIsolates() throws InterruptedException {
    var cold = new Expectation(Duration.ofSeconds(5), Duration.ofSeconds(1), 7, 9);
    var warm = new Expectation(Duration.ofMillis(5), Duration.ofSeconds(1), 7, 0);
    target.expect(cold, warm);
    target.isolate(Isolation.KERNEL);
    SandboxSpec spec = spec(_ -> 0);
    assertThat(offer(spec).expected()).isEqualTo(cold);
    assertThat(offer(spec).isolation()).isEqualTo(Isolation.KERNEL);
    driver.create(new SandboxId("one"), spec, offer(spec)).close();
    assertThat(offer(spec).expected()).isEqualTo(warm);
  }

  @Test
  void aTraitThatItCantHonourIsRefused() {
    assertThatThrownBy(() -> new MemoryTarget("t", Set.of(Trait.VOLUME_SLOTS)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void assertCreateFails(DriverException.Kind kind) {
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> create(_ -> 0))
        .extracting(DriverException::kind)
        .isEqualTo(kind);
  }

  private Sandbox start(Program program) throws InterruptedException {
    Sandbox sandbox = create(program);
    sandbox.start(Invocation.of(), Stdio.none(), Port.closed());
    return sandbox;
  }

  private Sandbox create(Program program) throws InterruptedException {
    SandboxSpec spec = spec(program);
    return driver.create(new SandboxId("sandbox-" + created), spec, offer(spec));
  }

  private SandboxSpec spec(Program program) {
    String name = "program-" + ++created;
    content.put(MemoryTarget.code(name));
    return new SandboxSpec(
        target.register(name, program), Limits.DEFAULT, Isolation.ANY, false, Map.of());
  }

  private Offer offer(SandboxSpec spec) {
    return ((Quote.Offered) driver.offers(spec)).offers().getFirst();
  }

  private static Fitness healthy(Fitness.Capacity capacity) {
    return new Fitness(Fitness.Status.HEALTHY, "", capacity, Map.of());
  }

  private static Program waiting(CountDownLatch gate) {
    return _ -> {
      gate.await();
      return 0;
    };
  }

  private static Program allocating(long first, long second) {
    return workload -> {
      workload.memory().allocate(first);
      workload.memory().allocate(second);
      return 0;
    };
  }

  private static int write(Workload workload, int b) throws IOException {
    workload.out().write(b);
    return 0;
  }
}
