package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Trait;

/// A workload's messages reach the port that it was started with, whole, and so do the answers.
abstract class PortContract {

  private final Bench bench;

  PortContract(Bench bench) {
    this.bench = bench;
  }

  @BeforeEach
  final void theDriverServesPorts() {
    assumeThat(bench.driver().traits()).contains(Trait.PORT);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 1 << 20})
  void aMessageIsAnswered(int length) throws InterruptedException {
    byte[] message = new byte[length];
    new Random(length).nextBytes(message);
    List<byte[]> sent = Collections.synchronizedList(new ArrayList<>());
    Port reversing =
        whole -> {
          sent.add(whole.clone());
          return reversed(whole);
        };
    try (Run run = ask(message, reversing)) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(sent).hasSize(1);
      assertThat(sent.getFirst()).isEqualTo(message);
      assertThat(run.out().bytes()).isEqualTo(reversed(message));
    }
  }

  @Test
  void aClosedPortGivesAnEmptyAnswer() throws InterruptedException {
    try (Run run = ask(Bench.utf8("anybody there?"), Port.closed())) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(run.out().bytes()).isEmpty();
    }
  }

  @Test
  void eachWorkloadHasThePortItWasStartedWith() throws InterruptedException {
    try (Run one = ask(Bench.utf8("?"), _ -> Bench.utf8("one"));
        Run two = ask(Bench.utf8("?"), _ -> Bench.utf8("two"))) {
      one.outcome();
      two.outcome();
      assertThat(one.out().text()).isEqualTo("one");
      assertThat(two.out().text()).isEqualTo("two");
    }
  }

  @Test
  void stopEndsAWorkloadThatAwaitsAnAnswer() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch gaveUp = new CountDownLatch(1);
    Port silent =
        _ -> {
          asked.countDown();
          try {
            new CountDownLatch(1).await();
            return new byte[0];
          } catch (InterruptedException e) {
            gaveUp.countDown();
            throw e;
          }
        };
    try (Run run = ask(Bench.utf8("?"), silent)) {
      asked.await();
      run.sandbox().stop(Duration.ZERO);
      assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
      gaveUp.await();
    }
  }

  private Run ask(byte[] message, Port port) throws InterruptedException {
    return bench.start(
        bench.spec(TestProgram.ASK),
        Invocation.of(),
        Feed.of(message),
        Collector.unlimited(),
        Collector.unlimited(),
        port);
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }
}
