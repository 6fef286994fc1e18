package org.promisegrid.driver.memory;

import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.promisegrid.sandbox.Attach;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.LogQuery;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stats;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.Usage;

/// A sandbox on a [MemoryTarget], the same object for whichever driver holds it.
final class MemorySandbox implements Sandbox {

  private final SandboxId id;
  private final SandboxSpec spec;
  private final Program program;
  private final Map<String, byte[]> files;
  private final Set<Trait> traits;
  private final InstantSource clock;
  private final Runnable gone;
  private final LogBuffer log;
  private final CountDownLatch done = new CountDownLatch(1);
  private Optional<Execution> execution = Optional.empty();
  private State state = new State.Created();

  /// Whether the process that has it serves its streams.
  private boolean attached;

  /// @param files what the workload finds, by path
  /// @param gone told when it is destroyed
  MemorySandbox(
      SandboxId id,
      SandboxSpec spec,
      Program program,
      Map<String, byte[]> files,
      Set<Trait> traits,
      InstantSource clock,
      Runnable gone) {
    this.id = id;
    this.spec = spec;
    this.program = program;
    this.files = files;
    this.traits = traits;
    this.clock = clock;
    this.gone = gone;
    this.log = new LogBuffer(spec.limits().log());
  }

  @Override
  public SandboxId id() {
    return id;
  }

  Limits limits() {
    return spec.limits();
  }

  @Override
  public synchronized State state() {
    return state;
  }

  @Override
  public void start(Invocation invocation, Stdio stdio, Port port) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("start " + id);
    }
    synchronized (this) {
      if (!(state instanceof State.Created)) {
        throw new DriverException(
            DriverException.Kind.CONFLICT, "start " + id + ": it was started before");
      }
      var surroundings = new Execution.Surroundings(invocation, stdio, port, clock, files);
      Execution started =
          new Execution("memory-" + id, program, spec, traits, surroundings, log, this::ended);
      state = new State.Running();
      execution = Optional.of(started);
      attached = true;
      started.start();
    }
  }

  @Override
  public Ending await() throws InterruptedException {
    try {
      done.await();
    } catch (InterruptedException e) {
      end(new Outcome.Stopped());
      throw e;
    }
    return ending().orElseThrow();
  }

  @Override
  public void stop(Duration grace) throws InterruptedException {
    // Whatever the program does from now on, it does because it was asked to end.
    running().ifPresent(run -> run.decide(new Outcome.Stopped()));
    try {
      if (running().isPresent()
          && !done.await(TimeUnit.NANOSECONDS.convert(grace), TimeUnit.NANOSECONDS)) {
        end(new Outcome.Stopped());
        done.await();
      }
    } catch (InterruptedException e) {
      end(new Outcome.Stopped());
      throw e;
    }
  }

  @Override
  public InputStream logs(LogQuery query) {
    return log.read(query);
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    Stats stats = this::usage;
    Attach attach = this::attach;
    if (type == Stats.class && traits.contains(Trait.STATS)) {
      return Optional.of(type.cast(stats));
    }
    return type == Attach.class && traits.contains(Trait.KEEPS_OUTPUT)
        ? Optional.of(type.cast(attach))
        : Optional.empty();
  }

  private void attach(Stdio stdio) {
    Execution taken;
    synchronized (this) {
      taken =
          execution
              .filter(_ -> !attached)
              .orElseThrow(() ->
                  new DriverException(
                      DriverException.Kind.CONFLICT, "attach " + id + ": nobody left its streams"));
      attached = true;
    }
    taken.attach(stdio);
  }

  /// Another process has it from now on.
  synchronized void adopted() {
    attached = false;
  }

  @Override
  public void close() {
    end(new Outcome.Stopped());
    awaitTheEnd();
    files.values().forEach(secret -> Arrays.fill(secret, (byte) 0));
    gone.run();
  }

  /// Ends it for that reason, if it hasn't ended: one that was never started, without a run.
  void end(Outcome reason) {
    Optional<Execution> run;
    synchronized (this) {
      run = execution;
      if (run.isEmpty() && state instanceof State.Created) {
        log.complete();
        ended(new Ending(reason, Usage.NONE));
      }
    }
    run.ifPresent(running -> running.end(reason));
  }

  private synchronized void ended(Ending ending) {
    state = new State.Ended(ending);
    done.countDown();
  }

  private synchronized Optional<Execution> running() {
    return state instanceof State.Running ? execution : Optional.empty();
  }

  private synchronized Optional<Ending> ending() {
    return state instanceof State.Ended(Ending ending) ? Optional.of(ending) : Optional.empty();
  }

  private Usage usage() {
    Optional<Execution> run = running();
    return ending().map(Ending::usage).or(() -> run.map(Execution::usage)).orElse(Usage.NONE);
  }

  /// Closing isn't interrupted: what is destroyed is gone. The interruption is kept for the caller.
  private void awaitTheEnd() {
    boolean interrupted = false;
    while (done.getCount() > 0) {
      try {
        done.await();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
