package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.tck.TestProgram;

/// Modules that were right until somebody touched them: refused or run, never anything else. From a
/// seed that is printed: run again with `-Dfuzz.seed=…`.
class FuzzTest {

  private static final int MODULES = Integer.getInteger("grid.fuzz", 300);
  private static final Limits LIMITS =
      new Limits(Duration.ofMillis(100), 4 * Lab.MIB, 1 << 16, 1 << 16);

  @Test
  @Timeout(600)
  void nothingButARefusalOrAnOutcome(@TempDir Path scratch) throws InterruptedException {
    long seed = Long.getLong("fuzz.seed", System.nanoTime());
    System.out.println("FuzzTest: -Dfuzz.seed=" + seed);
    Random random = new Random(seed);
    List<byte[]> originals =
        List.of(
            Modules.of(TestProgram.ECHO),
            Modules.of(TestProgram.EXIT),
            Modules.of(TestProgram.WAIT),
            Modules.example("sha256-reactor"));
    int refused = 0;
    int ran = 0;
    try (Lab lab = new Lab(scratch)) {
      for (int i = 0; i < MODULES; i++) {
        byte[] module = mutated(originals.get(random.nextInt(originals.size())), random);
        try (Sandbox sandbox = lab.started(module, LIMITS)) {
          Outcome outcome = sandbox.await().outcome();
          assertThat(outcome)
              .as("-Dfuzz.seed=%d, module %d", seed, i)
              .isNotInstanceOfAny(Outcome.Lost.class, Outcome.Stopped.class);
          ran++;
        } catch (DriverException e) {
          assertThat(e.kind())
              .as("-Dfuzz.seed=%d, module %d: %s", seed, i, e)
              .isEqualTo(DriverException.Kind.UNSUPPORTED);
          refused++;
        }
      }
      assertThat(lab.driver().list()).isEmpty();
      assertThat(lab.outcome(Modules.of(TestProgram.EXIT), "9"))
          .as("-Dfuzz.seed=%d", seed)
          .isEqualTo(new Outcome.Exited(9));
    } finally {
      System.out.printf("FuzzTest: %d refused, %d ran%n", refused, ran);
    }
    assertThat(refused).isPositive();
    assertThat(ran).isPositive();
  }

  private static byte[] mutated(byte[] original, Random random) {
    byte[] module = original.clone();
    switch (random.nextInt(4)) {
      case 0 -> module[random.nextInt(module.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> {
        for (int i = random.nextInt(8); i >= 0; i--) {
          module[random.nextInt(module.length)] = (byte) random.nextInt(256);
        }
      }
      case 2 -> module = Arrays.copyOf(module, random.nextInt(module.length));
      default -> {
        int from = random.nextInt(module.length);
        int to = random.nextInt(module.length);
        int size = random.nextInt(Math.min(64, module.length - Math.max(from, to)));
        System.arraycopy(module, from, module, to, size);
      }
    }
    return module;
  }
}
