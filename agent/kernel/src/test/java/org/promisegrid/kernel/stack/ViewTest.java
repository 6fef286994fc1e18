package org.promisegrid.kernel.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.ledger.ServiceBook;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceState;

/// What is told of a service while its replica starts.
final class ViewTest {

  private static final Cid ANY = Cid.of("anything".getBytes(StandardCharsets.UTF_8));

  private final Replica replica = new Replica(new ServicePlace("web", "web", 0));

  private View.Shown shown() throws MalformedException {
    Declaration wanted = Declaration.of(Item.table().put("image", ANY).build());
    Wish wish =
        new Wish(
            ANY,
            Stack.of("web", wanted),
            "somebody",
            Instant.EPOCH,
            new ServiceBook.Under(List.of(), List.of()));
    return Objects.requireNonNull(
        View.of(1, Optional.of(wish), List.of(replica), Optional.empty(), false)
            .services()
            .get("web"));
  }

  @Test
  void oneThatWasSeenRunningRuns() throws MalformedException {
    replica.phase = Replica.Phase.RUNNING;
    replica.running =
        Optional.of(new ServiceState.Running(Instant.EPOCH, Optional.empty(), List.of()));
    assertThat(shown().state()).isEqualTo(View.State.RUNNING);
    assertThat(shown().line().toString()).contains("running");
  }

  @Test
  void oneThatHadEndedBeforeItWasLookedAtIsntToldAsRunning() throws MalformedException {
    replica.phase = Replica.Phase.RUNNING; // its end is waited for, and comes at once
    assertThat(shown().state()).isEqualTo(View.State.PENDING);
    assertThat(shown().line().toString()).contains("starting").doesNotContain("running");
  }
}
