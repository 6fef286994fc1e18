package org.promisegrid.kernel.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.promisegrid.kernel.dispatch.Alarms;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceState;

/// One try whether a service does its work.
final class Probe {

  private static final System.Logger LOG = System.getLogger(Probe.class.getName());

  private final Alarms alarms;
  private final HttpProbe http;
  private final Map<Start, Left> left = new ConcurrentHashMap<>();

  Probe(Alarms alarms) {
    this.alarms = alarms;
    this.http = new HttpProbe(alarms);
  }

  /// A service from one start to its end, with which all ends that runs beside it.
  private record Start(SandboxId service, Instant since) {}

  /// A program that took too long, and may run on.
  ///
  /// @param begun when, as [System#nanoTime] has it
  private record Left(String program, long begun) {
    long seconds() {
      return Duration.ofNanos(System.nanoTime() - begun).toSeconds();
    }
  }

  /// Tries; what was wrong, if something was.
  Optional<String> run(Health health, Service service, ServiceState.Running running)
      throws InterruptedException {
    try {
      return switch (health.check()) {
        case Health.Check.Http(int port, String path) ->
            http.run(address(running), port, path, health.timeout());
        case Health.Check.Tcp(int port) -> tcp(address(running), port, health.timeout());
        case Health.Check.Exec(List<String> words) ->
            exec(service, running.since(), words, health.timeout());
      };
    } catch (IOException | DriverException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static InetAddress address(ServiceState.Running running) throws IOException {
    return running
        .address()
        .orElseThrow(() -> new IOException("the agent has no way to its ports: check by exec"));
  }

  private static Optional<String> tcp(InetAddress address, int port, Duration timeout)
      throws IOException {
    try (Socket socket = new Socket(Proxy.NO_PROXY)) {
      socket.connect(new InetSocketAddress(address, port), millis(timeout));
      return Optional.empty();
    }
  }

  /// None is begun beside one that took too long: targets may have no way to end a program, and
  /// each would add another one to the service's own processes.
  private Optional<String> exec(
      Service service, Instant since, List<String> words, Duration timeout)
      throws InterruptedException, IOException {
    Start start = new Start(service.id(), since);
    Left before = left.get(start);
    if (before != null) {
      return Optional.of(before.program() + " still runs, for " + before.seconds() + " s");
    }
    Left program = new Left(words.getFirst(), System.nanoTime());
    ExecSpec spec = new ExecSpec(words, Map.of(), Optional.empty(), Optional.empty());
    AtomicBoolean late = new AtomicBoolean();
    Thread here = Thread.currentThread();
    Alarms.Alarm bound =
        alarms.set(
            timeout,
            () -> {
              late.set(true);
              here.interrupt();
            });
    try (Execution execution = service.exec(spec)) {
      try {
        while (execution.next().isPresent()) {
          // What it writes is nobody's: how it ends tells.
        }
        int code = execution.code();
        return code == 0
            ? Optional.empty()
            : Optional.of(program.program() + " ended with " + code);
      } finally {
        if (late.get()) {
          leave(start, program, execution);
        }
      }
    } catch (InterruptedException | IOException e) {
      if (late.get()) {
        return Optional.of(program.program() + " takes longer than " + timeout.toMillis() + " ms");
      }
      throw e;
    } finally {
      bound.cancel();
      if (late.get()) {
        Thread.interrupted(); // the alarm's, which may have come behind the end
      }
    }
  }

  /// Remembers a program until it has ended.
  private void leave(Start start, Left program, Execution execution) {
    left.put(start, program);
    Thread.ofVirtual()
        .name("late check of " + start.service())
        .start(() -> {
          try {
            var _ = execution.code();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          } catch (RuntimeException | LinkageError e) {
            // The service is gone, and so is the program; or its target is, and nobody can tell.
            LOG.log(System.Logger.Level.DEBUG, "late check of " + start.service(), e);
          } finally {
            left.remove(start, program);
          }
        });
  }

  private static int millis(Duration timeout) {
    return Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
  }
}
