package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.dispatch.Scene.Gate;
import org.promisegrid.kernel.dispatch.Scene.Running;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Form;

/// Many runs at once, of several issuers, on targets that fail now and then, some of them taken
/// back or interrupted: each ends in exactly one way, no target ever holds more than it can, and
/// nothing is left.
final class DispatchStressTest {

  private static final int RUNS = 300;

  @Test
  void everyRunEndsOnceAndNothingIsLeft() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    MemoryTarget[] targets = {Scene.target("a", 1), Scene.target("b", 2), Scene.target("c", 3)};
    for (MemoryTarget target : targets) {
      target.become(Scene.fit(4));
    }
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger executions = new AtomicInteger();
    try (Scene scene = new Scene(targets)) {
      Form form =
          scene.program(
              workload -> {
                executions.incrementAndGet();
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                try {
                  workload.in().transferTo(workload.out());
                  return 0;
                } finally {
                  inside.decrementAndGet();
                }
              },
              targets);
      Gate begin = new Gate();
      List<Running> runs = new ArrayList<>();
      for (int i = 0; i < RUNS; i++) {
        byte[] input = ("input " + i).getBytes(StandardCharsets.UTF_8);
        Order order =
            scene
                .order("issuer " + i % 5, form)
                .pure(true)
                .input(gated(begin, Input.of(input)))
                .build();
        runs.add(scene.starting(order, RunListener.NONE));
      }
      targets[0].refuse(Kind.UNAVAILABLE, 20);
      targets[1].refuse(Kind.EXHAUSTED, 20);
      targets[2].refuse(Kind.BROKEN, 20);
      begin.open();
      for (int i = 0; i < RUNS / 10; i++) {
        runs.get(random.nextInt(RUNS)).cancellation.cancel();
        runs.get(random.nextInt(RUNS)).interrupt();
      }
      int kept = 0;
      int broken = 0;
      int withdrawn = 0;
      int refused = 0;
      int interrupted = 0;
      for (int i = 0; i < RUNS; i++) {
        Running run = runs.get(i);
        Throwable failure = run.failure();
        if (failure != null) {
          assertThat(failure).as("seed %d", seed).isInstanceOf(InterruptedException.class);
          interrupted++;
          continue;
        }
        switch (run.result()) {
          case Result.Ended(Conclusion conclusion, Account account) -> {
            if (conclusion.judgement().kept()) {
              assertThat(run.spool.written()).as("seed %d", seed).isEqualTo("input " + i);
              kept++;
            } else {
              assertThat(conclusion.judgement().by())
                  .as("seed %d: %s", seed, account.tried())
                  .isEqualTo(Judgement.By.CALLER);
              broken++;
            }
          }
          case Result.Withdrawn withdrawal -> withdrawn++;
          case Result.NotPromised refusal -> refused++;
        }
      }
      assertThat(kept + broken + withdrawn + refused + interrupted).isEqualTo(RUNS);
      assertThat(kept).as("seed %d: refused %d", seed, refused).isGreaterThan(RUNS / 2);
      assertThat(most.get()).isLessThanOrEqualTo(12);
      assertThat(inside).hasValue(0);
      assertThat(executions.get()).isBetween(kept, RUNS);
      DispatchTest.assertNothingIsLeft(scene);
      // One per target, for its next probe: whatever timed a run is forgotten with it.
      assertThat(scene.alarms.pending()).isLessThanOrEqualTo(targets.length);
    }
  }

  /// Can't be opened before the gate is.
  private static Input gated(Gate gate, Input input) {
    return new Input() {
      @Override
      public InputStream open() throws IOException {
        try {
          gate.pass();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return input.open();
      }

      @Override
      public long size() {
        return input.size();
      }
    };
  }
}
