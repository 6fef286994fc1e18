package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.promisegrid.kernel.dispatch.Targets;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Prepare;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// Preparing is a favour, and there are only so many at a time.
@Timeout(600)
final class ArrivalsTest {

  private static final String FORM = "slow";
  private static final Target TARGET = new Target("slow", "here");

  private final CountDownLatch gate = new CountDownLatch(1);
  private final Queue<Cid> prepared = new ConcurrentLinkedQueue<>();
  private final Arrivals arrivals =
      new Arrivals(
          () ->
              List.of(
                  new Targets.View(
                      TARGET,
                      new Slow(),
                      new Fitness(
                          Fitness.Status.HEALTHY, "", new Fitness.Capacity(1, 1), Map.of()))),
          (target, kind, detail) -> {
            throw new AssertionError(target + " " + kind + " " + detail);
          });

  @Test
  void whoPutsFunctionsWithoutEndStartsNoThreadsWithoutEnd() {
    for (int i = 0; i < 100; i++) {
      arrivals.prepare(function("flood " + i));
    }
    gate.countDown();
    // As soon as one of them is done, the next that comes is prepared.
    while (!prepared.contains(code("later"))) {
      arrivals.prepare(function("later"));
    }
    assertThat(prepared.stream().distinct())
        .hasSizeLessThanOrEqualTo(17)
        .doesNotContain(code("flood 16"), code("flood 99"));
  }

  private static Cid code(String name) {
    return Cid.of(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private static Message function(String name) {
    return new Household.Shape(new Form(FORM, code(name))).descriptor().message();
  }

  /// Prepares when the gate is open, and does nothing else.
  private final class Slow implements SandboxDriver, Prepare {

    @Override
    public void prepare(Form form) throws InterruptedException {
      gate.await();
      prepared.add(form.code());
    }

    @Override
    public <P extends Power> Optional<P> power(Class<P> type) {
      return type.isInstance(this) ? Optional.of(type.cast(this)) : Optional.empty();
    }

    @Override
    public Target target() {
      return TARGET;
    }

    @Override
    public Set<Trait> traits() {
      return Set.of(Trait.PREPARE);
    }

    @Override
    public Set<String> forms() {
      return Set.of(FORM);
    }

    @Override
    public Fitness probe() {
      throw new AssertionError("nobody probes it");
    }

    @Override
    public Quote offers(SandboxSpec spec) {
      throw new AssertionError("nobody asks it");
    }

    @Override
    public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) {
      throw new AssertionError("nobody runs anything");
    }

    @Override
    public List<Found> list() {
      return List.of();
    }

    @Override
    public Optional<Sandbox> adopt(SandboxId id) {
      return Optional.empty();
    }

    @Override
    public Sample sample() {
      throw new AssertionError("nobody measures it");
    }

    @Override
    public void close() {}
  }
}
