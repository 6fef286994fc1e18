package org.promisegrid.driver.memory;

import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceState;
import org.promisegrid.sandbox.service.ServiceStats;

/// The sandbox of a service on a [MemoryTarget]: what the target itself knows of it, whichever
/// driver holds it. Its program runs on a thread of its own, which every signal interrupts that
/// would end a process and that it doesn't take itself; one that doesn't heed that counts as ended
/// once it is killed.
final class MemoryService {

  static final int KILLED = 128 + 9;
  static final int FAULT = 128 + 11;

  private final SandboxId id;
  private final ServiceSpec spec;
  private final Program program;
  private final List<Published> ports;
  private final InstantSource clock;
  private final Runnable over;
  private final KeptOutput output;
  private ServiceState state = new ServiceState.Created();
  private @Nullable Thread thread;
  private @Nullable Account account;
  private int signalled = KILLED;
  private Signals signals = new Signals();
  private final List<MemoryExecution> beside = new ArrayList<>();
  private boolean memory;
  private boolean removed;

  /// @param ports as they are published
  /// @param over told whenever it ended
  MemoryService(
      SandboxId id,
      ServiceSpec spec,
      Program program,
      List<Published> ports,
      InstantSource clock,
      Runnable over) {
    this.over = over;
    this.id = id;
    this.spec = spec;
    this.program = program;
    this.ports = List.copyOf(ports);
    this.clock = clock;
    this.output = new KeptOutput(spec.log(), clock);
  }

  SandboxId id() {
    return id;
  }

  ServiceSpec spec() {
    return spec;
  }

  List<Published> ports() {
    return ports;
  }

  KeptOutput output() {
    return output;
  }

  synchronized ServiceState state() {
    return state;
  }

  synchronized boolean isRunning() {
    return state instanceof ServiceState.Running;
  }

  /// Starts the workload, which finds these files.
  synchronized void start(Map<String, byte[]> files) {
    if (isRunning() || removed) {
      throw new DriverException(DriverException.Kind.CONFLICT, "start " + id + ": it runs");
    }
    Instant started = clock.instant();
    signals = new Signals();
    memory = false;
    state = new ServiceState.Running(started, Optional.of(InetAddress.getLoopbackAddress()), ports);
    output.running(true);
    Signals heard = signals;
    Thread begun =
        Thread.ofPlatform()
            .daemon()
            .name("service-" + id)
            .unstarted(() -> run(started, files, heard));
    thread = begun;
    begun.start();
  }

  private void run(Instant started, Map<String, byte[]> files, Signals heard) {
    Account held =
        new Account(
            spec.allowance().memory() == 0 ? Long.MAX_VALUE : spec.allowance().memory(),
            () -> kill(true));
    synchronized (this) {
      account = held;
    }
    int code;
    try {
      code = program.run(workload(arguments(), files, held, heard));
    } catch (InterruptedException | InterruptedIOException _) {
      code = signalled();
    } catch (Throwable _) { // whatever a workload throws, it is the workload's
      code = isMemory() ? KILLED : FAULT;
    }
    ended(Thread.currentThread(), started, code);
  }

  private synchronized int signalled() {
    return signalled;
  }

  private synchronized boolean isMemory() {
    return memory;
  }

  private synchronized void ended(Thread ending, Instant started, int code) {
    if (!ending.equals(thread)) {
      return; // it counted as ended before
    }
    thread = null;
    state = new ServiceState.Ended(new ServiceExit(code, memory, started, clock.instant()));
    output.running(false);
    beside.forEach(MemoryExecution::close);
    beside.clear();
    notifyAll();
    Thread.ofVirtual().start(over); // which looks at all of them, and must not wait for this one
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(spec.workload().entrypoint().orElse(List.of()));
    arguments.addAll(spec.workload().command().orElse(List.of()));
    return arguments;
  }

  private Workload workload(
      List<String> arguments, Map<String, byte[]> files, Account held, Signals heard) {
    return new Workload(
        arguments,
        spec.workload().environment(),
        InputStream.nullInputStream(),
        output.stream(false),
        output.stream(true),
        clock,
        new SecureRandom(),
        held,
        Optional.empty(),
        Optional.of(heard),
        files);
  }

  /// Runs another program beside it, which ends with it.
  MemoryExecution exec(
      Program other, List<String> words, Map<String, String> variables, Map<String, byte[]> files) {
    Account held;
    synchronized (this) {
      held = account;
    }
    if (held == null || !isRunning()) {
      throw new DriverException(DriverException.Kind.CONFLICT, "exec in " + id + ": doesn't run");
    }
    Map<String, String> environment = new TreeMap<>(spec.workload().environment());
    environment.putAll(variables);
    MemoryExecution execution =
        new MemoryExecution(
            "exec-" + id,
            (in, out, error) ->
                other.run(
                    new Workload(
                        words.subList(1, words.size()),
                        environment,
                        in,
                        out,
                        error,
                        clock,
                        new SecureRandom(),
                        held,
                        Optional.empty(),
                        Optional.empty(),
                        files)));
    synchronized (this) {
      beside.removeIf(MemoryExecution::isOver);
      if (isRunning()) {
        beside.add(execution);
        return execution;
      }
    }
    execution.close();
    throw new DriverException(DriverException.Kind.CONFLICT, "exec in " + id + ": it ended");
  }

  /// Waits for its end, or until `away` says why that can't be told.
  synchronized ServiceExit await(Supplier<Optional<String>> away) throws InterruptedException {
    while (true) {
      Optional<String> why = removed ? Optional.of("it was removed") : away.get();
      if (why.isPresent()) {
        throw new DriverException(
            removed ? DriverException.Kind.CONFLICT : DriverException.Kind.UNAVAILABLE,
            "await " + id + ": " + why.get());
      }
      switch (state) {
        case ServiceState.Ended(ServiceExit exit) -> {
          return exit;
        }
        case ServiceState.Created _ ->
            throw new DriverException(
                DriverException.Kind.CONFLICT, "await " + id + ": it wasn't started");
        case ServiceState.Running _ -> wait();
      }
    }
  }

  /// Has those who wait look again.
  synchronized void wake() {
    notifyAll();
  }

  void stop() throws InterruptedException {
    Thread running = signal(Signals.of(spec.ending().signal().orElse("SIGTERM")));
    Duration grace = spec.ending().grace();
    if (running != null && !running.join(grace.isPositive() ? grace : Duration.ofNanos(1))) {
      kill(false);
    }
  }

  /// Sends it a signal, if it runs.
  ///
  /// @return what it runs on; null if it doesn't
  synchronized @Nullable Thread signal(Signals.Signal signal) {
    Thread running = thread;
    if (running != null && !signals.send(signal)) {
      signalled = 128 + signal.number();
      running.interrupt();
    }
    return running;
  }

  /// Ends it, whatever its program does then.
  ///
  /// @param want whether for want of memory
  void kill(boolean want) {
    synchronized (this) {
      memory |= want;
      Thread running = thread;
      if (running != null && state instanceof ServiceState.Running since) {
        signalled = KILLED;
        running.interrupt();
        ended(running, since.since(), KILLED);
      }
    }
  }

  synchronized void remove() {
    removed = true;
    kill(false);
    notifyAll();
  }

  synchronized ServiceStats stats() {
    Account held = account;
    Thread running = thread;
    if (held == null || running == null) {
      throw new DriverException(DriverException.Kind.CONFLICT, "stats of " + id + ": doesn't run");
    }
    long nanoseconds = ManagementFactory.getThreadMXBean().getThreadCpuTime(running.threadId());
    return new ServiceStats(
        Duration.ofNanos(Math.max(0, nanoseconds)), // negative where it just ended
        held.held(),
        spec.allowance().memory(),
        1 + beside.size(),
        0,
        0,
        0,
        0);
  }
}
