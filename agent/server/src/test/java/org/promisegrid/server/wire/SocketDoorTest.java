package org.promisegrid.server.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.Settings;

@Timeout(600)
final class SocketDoorTest {

  @TempDir Path folder;

  private Kernel kernel;
  private Visits visits;

  @BeforeEach
  void open() {
    kernel =
        Kernel.open(
            new Settings(folder.resolve("home"), "test", Map.of(), Map.of()),
            List.of(),
            InstantSource.system(),
            new SecureRandom());
    visits = new Visits(Duration.ofMinutes(1));
  }

  @AfterEach
  void close() {
    visits.close();
    kernel.close();
  }

  private SocketDoor door(Path path, Duration patience, int connections) throws IOException {
    Reception reception = new Reception(kernel, new SimpleMeterRegistry());
    return SocketDoor.open(
        path,
        new Session(reception, new Errands(reception, visits), visits),
        visits,
        patience,
        connections);
  }

  @Test
  void aFileThatAnAgentLeftIsReplacedAndRemovedAtTheEnd() throws Exception {
    Path path = folder.resolve("agent.sock");
    Files.createFile(path);

    try (SocketDoor door = door(path, Duration.ofMinutes(1), 4)) {
      try (Plug plug = new Plug(door.path())) {
        plug.send(new byte[4]);
        assertThat(plug.answer()).isNotNull();
      }
    }

    assertThat(path).doesNotExist();
  }

  @Test
  void whoCannotBeServedIsPutOutAndTheNextOneIsLetIn() throws Exception {
    Reception reception = new Reception(kernel, new SimpleMeterRegistry());
    AtomicInteger failures = new AtomicInteger(3);
    try (SocketDoor door =
        SocketDoor.open(
            folder.resolve("s"),
            new Session(reception, new Errands(reception, visits), visits),
            visits,
            Duration.ofMinutes(1),
            1, // a place that isn't given back would be missed
            task -> {
              int left = failures.getAndDecrement();
              if (left > 1) {
                throw new OutOfMemoryError("unable to create a thread");
              }
              if (left == 1) {
                throw new IllegalStateException("no thread");
              }
              return Thread.ofVirtual().unstarted(task);
            })) {
      for (int i = 0; i < 3; i++) {
        try (Plug plug = new Plug(door.path())) {
          assertThat(plug.isOver()).isTrue();
        }
      }
      try (Plug plug = new Plug(door.path())) {
        plug.send(new byte[4]);
        assertThat(plug.answer()).isNotNull();
      }
    }
  }

  @Test
  void aPathThatIsTooLongIsToldBeforeTheSystemDoes() {
    Path path = folder.resolve("x".repeat(SocketDoor.LONGEST_PATH));

    assertThatThrownBy(() -> door(path, Duration.ofMinutes(1), 4))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("choose a shorter home");
  }

  @Test
  void whoSendsHalfAFrameAndNothingMoreIsPutOut() throws Exception {
    try (SocketDoor door = door(folder.resolve("s"), Duration.ofMillis(50), 4);
        Plug plug = new Plug(door.path())) {
      plug.send(new byte[] {0, 0, 0, 9, 1});

      assertThat(plug.isOver()).isTrue();
    }
  }

  @Test
  @SuppressWarnings("try") // the first is to leave before the scope ends
  void whoFindsNoRoomIsLetInWhenSomebodyLeaves() throws Exception {
    try (SocketDoor door = door(folder.resolve("s"), Duration.ofMinutes(1), 1);
        Plug first = new Plug(door.path());
        Plug second = new Plug(door.path())) {
      first.send(Plug.frame(new byte[] {1}));
      second.send(Plug.frame(new byte[] {2}));
      assertThat(first.answer()).isNotNull();

      first.close();

      assertThat(second.answer()).isNotNull();
    }
  }

  @Test
  void theEndPutsOutWhoIsIdle() throws Exception {
    SocketDoor door = door(folder.resolve("s"), Duration.ofMinutes(10), 4);
    try (Plug plug = new Plug(door.path())) {
      plug.send(Plug.frame(new byte[] {1}));
      assertThat(plug.answer()).isNotNull();

      visits.announceEnd();
      door.close();

      assertThat(plug.isOver()).isTrue();
    }
  }
}
