package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;

final class DenialsTest {

  private static final Cid CALL = Cid.of(new byte[] {1});

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final Denials denials = new Denials(now::get, 4);
  private final List<Denials.Line> written = new ArrayList<>();

  private void refused(String by) {
    written.addAll(denials.refused(CALL, "test", Optional.of(by), "absent"));
  }

  private long counted() {
    return written.stream().mapToLong(line -> 1 + line.more()).sum();
  }

  @Test
  void principalsMadeAtWillFillNothingAndAreAllCounted() {
    for (int i = 0; i < 10_000; i++) {
      refused("somebody " + i);
    }
    assertThat(written).hasSizeLessThanOrEqualTo(5);
    assertThat(written.getLast().by()).as("all others together").isEmpty();
    written.addAll(denials.rest());
    assertThat(counted()).isEqualTo(10_000);
    assertThat(denials.rest()).isEmpty();
  }

  @Test
  void whoComesLaterTakesThePlaceOfThoseWhoAreQuietAndTheirCountIsKept() {
    for (int i = 0; i < 3; i++) {
      refused("alice");
    }
    refused("bob");
    refused("carol");
    refused("dave");
    now.set(Instant.EPOCH.plusSeconds(11));
    refused("erin");
    assertThat(written).hasSize(6);
    assertThat(written.get(4).by()).contains("alice");
    assertThat(written.get(4).more()).isEqualTo(1);
    assertThat(written.get(5).by()).contains("erin");
    assertThat(counted()).isEqualTo(7);
  }

  @Test
  void aFloodIsOneLineInTenSecondsWithItsCount() {
    for (int second = 0; second < 60; second++) {
      now.set(Instant.EPOCH.plusSeconds(second));
      for (int i = 0; i < 100; i++) {
        refused("alice");
      }
    }
    assertThat(written).hasSize(6);
    written.addAll(denials.rest());
    assertThat(counted()).isEqualTo(6000);
  }
}
