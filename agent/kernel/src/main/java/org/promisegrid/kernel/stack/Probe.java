package org.promisegrid.kernel.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.promisegrid.kernel.dispatch.Alarms;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceState;

/// One try whether a service does its work.
final class Probe {

  private final Alarms alarms;
  private final HttpProbe http;

  Probe(Alarms alarms) {
    this.alarms = alarms;
    this.http = new HttpProbe(alarms);
  }

  /// Tries; what was wrong, if something was.
  Optional<String> run(Health health, Service service, ServiceState.Running running)
      throws InterruptedException {
    try {
      return switch (health.check()) {
        case Health.Check.Http(int port, String path) ->
            http.run(address(running), port, path, health.timeout());
        case Health.Check.Tcp(int port) -> tcp(address(running), port, health.timeout());
        case Health.Check.Exec(List<String> words) -> exec(service, words, health.timeout());
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

  private Optional<String> exec(Service service, List<String> words, Duration timeout)
      throws InterruptedException, IOException {
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
      while (execution.next().isPresent()) {
        // What it writes is nobody's: how it ends tells.
      }
      int code = execution.code();
      return code == 0 ? Optional.empty() : Optional.of(words.getFirst() + " ended with " + code);
    } catch (InterruptedException | IOException e) {
      if (late.get()) {
        return Optional.of(words.getFirst() + " takes longer than " + timeout.toMillis() + " ms");
      }
      throw e;
    } finally {
      bound.cancel();
      if (late.get()) {
        Thread.interrupted(); // the alarm's, which may have come behind the end
      }
    }
  }

  private static int millis(Duration timeout) {
    return Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
  }
}
