package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceLog;

/// What a service writes is kept, and told in order, by parts and as it comes.
abstract class ServiceLogsContract extends ServiceBench {

  ServiceLogsContract(SandboxDriverContract contract, Bench bench) {
    super(contract, bench);
  }

  @Test
  void bothStreamsAreKeptAndToldApart() throws InterruptedException, IOException {
    Service service = started(doing("out", "to one", "err", "to the other", "out", "again"));
    service.await();
    assertThat(text(service, LogRange.ALL, false)).isEqualTo("to one\nagain\n");
    assertThat(text(service, LogRange.ALL, true)).isEqualTo("to the other\n");
  }

  @Test
  void bytesAreKeptAsTheyAre() throws InterruptedException, IOException {
    Service service = started(doing("bytes"));
    service.await();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 256; i++) {
      all.write(i);
    }
    all.write('\n');
    assertThat(bytes(service, LogRange.ALL, false)).isEqualTo(all.toByteArray());
  }

  @Test
  void theLastLinesCanBeAskedFor() throws InterruptedException, IOException {
    Service service = started(doing("out", "one", "out", "two", "out", "three"));
    service.await();
    assertThat(text(service, tail(2), false)).isEqualTo("two\nthree\n");
    assertThat(text(service, tail(0), false)).isEmpty();
    assertThat(text(service, tail(9), false)).isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void whatIsOlderThanATimeCanBeLeftOut() throws InterruptedException, IOException {
    Service service = started(doing("out", "one", "out", "two", "out", "three"));
    service.await();
    List<Instant> times = new ArrayList<>();
    try (ServiceLog log = service.logs(LogRange.ALL)) {
      for (var piece = log.next(); piece.isPresent(); piece = log.next()) {
        times.add(piece.get().at());
      }
    }
    assertThat(times).isSorted();
    Instant second = times.get(1);
    long since = times.stream().filter(at -> !at.isBefore(second)).count();
    String rest = text(service, new LogRange(-1, Optional.of(second), false), false);
    assertThat(rest.lines()).hasSize((int) since);
    assertThat(rest).endsWith("two\nthree\n");
    Instant later = times.getLast().plusSeconds(3600);
    assertThat(text(service, new LogRange(-1, Optional.of(later), false), false)).isEmpty();
  }

  @Test
  void whoFollowsHearsWhatComesUntilItEnds() throws InterruptedException, IOException {
    Service service = started(doing("out", "one", "pause", "out", "two"));
    try (ServiceLog log = service.logs(FOLLOWED)) {
      assertThat(line(log)).isEqualTo("one\n");
      service.signal("SIGUSR1");
      assertThat(line(log)).isEqualTo("two\n");
      assertThat(log.next()).isEmpty();
    }
    assertThat(service.await().code()).isZero();
  }

  @Test
  void whoDoesntFollowHearsWhatThereIs() throws InterruptedException, IOException {
    Service service = started(doing("out", "one", "hold"));
    awaitLine(service, "one");
    assertThat(text(service, LogRange.ALL, false)).isEqualTo("one\n");
  }

  @Test
  void closingEndsAWaitForMore() throws Exception {
    Service service = started(doing("out", "one", "hold"));
    ServiceLog log = service.logs(FOLLOWED);
    assertThat(line(log)).isEqualTo("one\n");
    Attempt<Optional<ServiceLog.Piece>> waiting = Attempt.of(log::next);
    log.close();
    waiting.awaitEnd();
  }

  @Test
  void interruptingEndsAWaitForMore() throws Exception {
    Service service = started(doing("out", "one", "hold"));
    try (ServiceLog log = service.logs(FOLLOWED)) {
      assertThat(line(log)).isEqualTo("one\n");
      Attempt<Optional<ServiceLog.Piece>> waiting = Attempt.of(log::next);
      waiting.interrupt();
      assertThat(waiting.failure()).isInstanceOf(InterruptedIOException.class);
    }
  }

  @Test
  void itIsKeptWithoutAnAgent() throws InterruptedException, IOException {
    Service service = started(doing("out", "before", "pause", "out", "after", "exit", "0"));
    awaitLine(service, "before");
    bench().restart();
    Service adopted = services().adopt(service.id()).orElseThrow();
    adopted.signal("SIGUSR1");
    adopted.await();
    bench().restart();
    assertThat(text(services().adopt(service.id()).orElseThrow(), LogRange.ALL, false))
        .isEqualTo("before\nafter\n");
  }

  @Test
  void theOldestGoesFirstWhenThereIsMoreThanIsKept() throws InterruptedException, IOException {
    int lines = 20_000; // of 64 bytes: 1.2 MiB
    Service service = started(doing("flood", Integer.toString(lines)).log(64 << 10, 2));
    service.await();
    String kept = text(service, LogRange.ALL, false);
    assertThat(kept).endsWith("%063d\n".formatted(lines - 1));
    assertThat(kept.length()).isBetween(1, 512 << 10);
  }

  private static LogRange tail(int lines) {
    return new LogRange(lines, Optional.empty(), false);
  }

  private static String line(ServiceLog log) throws IOException {
    return StandardCharsets.UTF_8.decode(log.next().orElseThrow().bytes()).toString();
  }
}
