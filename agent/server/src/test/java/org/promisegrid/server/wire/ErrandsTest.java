package org.promisegrid.server.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.Request;
import org.promisegrid.kernel.Settings;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Terms;

final class ErrandsTest {

  @TempDir Path folder;

  /// The outermost that a call comes by fails as a machine does that has no memory left.
  private static final class Failing extends SimpleMeterRegistry {
    @Override
    protected Timer newTimer(
        Meter.Id id, DistributionStatisticConfig config, PauseDetector detector) {
      throw new AssertionError("on purpose");
    }
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void aCallThatEndsInAnErrorLeavesNobodyWaitingAndKeepsNoMemory() throws Exception {
    try (Kernel kernel =
            Kernel.open(
                new Settings(folder.resolve("home"), "test", Map.of(), Map.of()),
                List.of(),
                InstantSource.system(),
                new SecureRandom());
        Visits visits = new Visits(Duration.ofMinutes(1))) {
      Errands errands = new Errands(new Reception(kernel, new Failing()), visits);
      Room room = new Room(1 << 20);
      Room.Part part = room.take(1 << 10, Optional.empty());
      Call call =
          Call.of(
              Protocols.cid("agent.status"),
              Item.EMPTY,
              Input.none(),
              Terms.NONE,
              List.of(),
              Optional.empty());

      assertThatThrownBy(() -> errands.begin(new Request(call, "test"), part))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("came to nothing");
      assertThat(room.free()).isEqualTo(1 << 20);
    }
  }
}
