package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.dispatch.Judgement.By;
import org.promisegrid.kernel.dispatch.Judgement.What;
import org.promisegrid.kernel.dispatch.Scene.Gate;
import org.promisegrid.kernel.dispatch.Scene.Spool;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limits;

final class DispatchTest {

  private final MemoryTarget cheap = Scene.target("cheap", 1);
  private final MemoryTarget dear = Scene.target("dear", 100);

  private static final Program ECHO =
      workload -> {
        workload.in().transferTo(workload.out());
        workload.log().write("done".getBytes(StandardCharsets.UTF_8));
        return 0;
      };

  @Test
  void theCheapestTargetRunsTheCallAndItsOutputArrives() throws Exception {
    try (Scene scene = new Scene(dear, cheap)) {
      Form echo = scene.program(ECHO, cheap, dear);
      Spool spool = new Spool();
      Result result =
          scene.run(scene.order(echo).input(Input.of("hello".getBytes(StandardCharsets.UTF_8))).build(), spool);
      Conclusion ended = ended(result);
      assertThat(ended.bid().target()).isEqualTo(Scene.named("cheap"));
      assertThat(ended.judgement().kept()).isTrue();
      assertThat(ended.output()).isEqualTo(5);
      assertThat(spool.written()).isEqualTo("hello");
      assertThat(spool.logged()).isEqualTo("done");
      assertThat(ended.log().complete()).isTrue();
      assertThat(new String(ended.log().tail().value(), StandardCharsets.UTF_8)).isEqualTo("done");
      assertThat(result.account().chosen()).contains(ended.bid());
      assertNothingIsLeft(scene);
    }
  }

  static Conclusion ended(Result result) {
    assertThat(result).isInstanceOf(Result.Ended.class);
    return ((Result.Ended) result).conclusion();
  }

  static void assertNothingIsLeft(Scene scene) throws InterruptedException {
    for (OpenTarget target : scene.targets.opened()) {
      assertThat(target.driver().list()).isEmpty();
      assertThat(scene.fair.load(target.target())).isEqualTo(new FairShare.Load(0, 0));
    }
  }
}
