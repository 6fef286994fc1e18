package org.promisegrid.server.wiring;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ServiceNoticeTest {

  @TempDir private Path folder = Path.of("");

  private static ServiceNotice notice(String socket) {
    return ServiceNotice.of(Map.of(ServiceNotice.VARIABLE, socket));
  }

  @Test
  void whoeverStartedItIsToldThatItIsReadyAndThatItEnds() throws Throwable {
    String name = folder.resolve("notify").toString();
    try (Receiver receiver = new Receiver(name)) {
      notice(name).ready();
      assertThat(receiver.next()).isEqualTo("READY=1\nSTATUS=answers calls");
      notice(name).stopping(Duration.ofSeconds(80));
      assertThat(receiver.next()).isEqualTo("STOPPING=1\nEXTEND_TIMEOUT_USEC=80000000");
    }
  }

  @Test
  void aSocketThatIsNoFileIsReachedByItsName() throws Throwable {
    String name = "@grid-test-" + UUID.randomUUID();
    try (Receiver receiver = new Receiver(name)) {
      notice(name).ready();
      assertThat(receiver.next()).startsWith("READY=1\n");
    }
  }

  @Test
  void aStartThatTakesLongAsksForMoreTimeAndSaysInTheHomeHowFarItIs() throws Throwable {
    String name = folder.resolve("notify").toString();
    Path file = Files.createDirectory(folder.resolve("scratch")).resolve("starting");
    AtomicLong nanos = new AtomicLong(-7);
    try (Receiver receiver = new Receiver(name);
        StartSigns signs = new StartSigns(notice(name), folder, nanos::get)) {
      signs.applied(1000, 5000);
      String words = "the index is made of the journal: 1000 of 5000 bytes";
      assertThat(receiver.next()).isEqualTo("STATUS=" + words + "\nEXTEND_TIMEOUT_USEC=300000000");
      assertThat(file).content().isEqualTo(words);
      // Once in a second at the most.
      nanos.addAndGet(999_999_999);
      signs.applied(2000, 5000);
      nanos.addAndGet(1);
      signs.applied(3000, 5000);
      assertThat(receiver.next()).startsWith("STATUS=the index is made of the journal: 3000 of");
      assertThat(file).content().contains("3000 of 5000");
    }
    assertThat(file).doesNotExist();
  }

  @Test
  void aStartGoesOnWhoeverHearsOfIt() {
    // Neither the socket nor the folder is there.
    String name = folder.resolve("nobody").toString();
    assertThatCode(
            () -> {
              try (StartSigns signs = new StartSigns(notice(name), folder, System::nanoTime)) {
                signs.applied(1, 2);
              }
            })
        .doesNotThrowAnyException();
  }

  private static ServiceNotice watched(String socket, String time, String pid) {
    return ServiceNotice.of(
        Map.of(
            ServiceNotice.VARIABLE, socket, ServiceNotice.WATCH, time, ServiceNotice.WATCHED, pid));
  }

  @Test
  void aManagerThatWatchesHearsAgainAndAgainThatTheAgentIsAlive() throws Throwable {
    String name = folder.resolve("notify").toString();
    try (Receiver receiver = new Receiver(name);
        Watchdog watchdog = new Watchdog(watched(name, "2000", ""), () -> true)) {
      watchdog.start();
      for (int i = 0; i < 3; i++) {
        assertThat(receiver.next()).isEqualTo("WATCHDOG=1");
      }
    }
  }

  @Test
  void anAgentThatFailedIsSilent() throws Throwable {
    String name = folder.resolve("notify").toString();
    AtomicBoolean alive = new AtomicBoolean();
    CountDownLatch asked = new CountDownLatch(3);
    ServiceNotice notice = watched(name, "2000", "");
    try (Receiver receiver = new Receiver(name);
        Watchdog watchdog =
            new Watchdog(
                notice,
                () -> {
                  asked.countDown();
                  return alive.get();
                })) {
      watchdog.start();
      asked.await();
      notice.ready();
      assertThat(receiver.next()).startsWith("READY=1\n");
      alive.set(true);
      assertThat(receiver.next()).isEqualTo("WATCHDOG=1");
    }
  }

  @Test
  void onlyWhomTheManagerWatchesTellsIt() {
    String own = String.valueOf(ProcessHandle.current().pid());
    assertThat(watched("/run/notify", "30000000", own).watch()).contains(Duration.ofSeconds(30));
    assertThat(watched("/run/notify", "30000000", "1").watch()).isEmpty();
    assertThat(watched("", "30000000", own).watch()).isEmpty();
    assertThat(notice("/run/notify").watch()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "soon", "1s"})
  void aTimeThatIsNoneEndsTheStart(String time) {
    assertThatThrownBy(() -> watched("/run/notify", time, ""))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(time);
  }

  @Test
  void nobodyIsToldWhereNobodyAsked() {
    assertThatCode(() -> ServiceNotice.of(Map.of()).ready()).doesNotThrowAnyException();
    assertThatCode(() -> notice("").ready()).doesNotThrowAnyException();
  }

  @Test
  void aSocketThatNobodyListensAtIsNamed() {
    assertThatThrownBy(() -> notice(folder.resolve("nobody").toString()).ready())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("sendto failed, errno 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"relative/path", "vsock:2:1234"})
  void aNameThatIsNoneEndsTheStart(String name) {
    assertThatThrownBy(() -> notice(name))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(name);
  }

  @Test
  void aNameThatIsTooLongEndsTheStart() {
    assertThatThrownBy(() -> notice("/" + "x".repeat(108))).isInstanceOf(StartException.class);
  }

  /// What systemd has: a datagram socket with a name.
  @SuppressWarnings("restricted") // tests are started with native access
  private static final class Receiver implements AutoCloseable {

    private static final Linker LINKER = Linker.nativeLinker();
    private final int socket;

    Receiver(String name) throws Throwable {
      socket =
          (int)
              LINKER
                  .downcallHandle(
                      LINKER.defaultLookup().findOrThrow("socket"),
                      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT))
                  .invokeExact(1, 2, 0);
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      bytes[0] = bytes[0] == '@' ? 0 : bytes[0];
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment address = arena.allocate(110, 2);
        address.set(JAVA_SHORT, 0, (short) 1);
        MemorySegment.copy(bytes, 0, address, JAVA_BYTE, 2, bytes.length);
        int bound =
            (int)
                LINKER
                    .downcallHandle(
                        LINKER.defaultLookup().findOrThrow("bind"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT))
                    .invokeExact(socket, address, 2 + bytes.length);
        assertThat(bound).isZero();
      }
    }

    String next() throws Throwable {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment buffer = arena.allocate(256);
        long got =
            (long)
                LINKER
                    .downcallHandle(
                        LINKER.defaultLookup().findOrThrow("recv"),
                        FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT))
                    .invokeExact(socket, buffer, 256L, 0);
        return new String(
            buffer.asSlice(0, got).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
      }
    }

    @Override
    public void close() {
      try {
        int closed =
            (int)
                LINKER
                    .downcallHandle(
                        LINKER.defaultLookup().findOrThrow("close"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT))
                    .invokeExact(socket);
        assertThat(closed).isZero();
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
