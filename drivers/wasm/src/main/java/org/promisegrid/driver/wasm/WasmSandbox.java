package org.promisegrid.driver.wasm;

import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.wasm.engine.CompiledModule;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Invocation;
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
import org.promisegrid.sandbox.Usage;

/// One instance of a module, made when it starts.
final class WasmSandbox implements Sandbox, Stats {

  private final SandboxId id;
  private final SandboxSpec spec;
  private final CompiledModule module;
  private final Map<String, byte[]> files;
  private final Workshop workshop;
  private final Runnable forget;

  // Guarded by this.
  private @Nullable Run run;
  private boolean closed;

  /// @param files what the module can read, by path; they are overwritten in the end
  /// @param forget what is to be done once it is closed
  WasmSandbox(
      SandboxId id,
      SandboxSpec spec,
      CompiledModule module,
      Map<String, byte[]> files,
      Workshop workshop,
      Runnable forget) {
    this.id = id;
    this.spec = spec;
    this.module = module;
    this.files = files;
    this.workshop = workshop;
    this.forget = forget;
  }

  @Override
  public SandboxId id() {
    return id;
  }

  @Override
  public State state() {
    Run started = started();
    if (started == null) {
      return new State.Created();
    }
    return started.ending().<State>map(State.Ended::new).orElseGet(State.Running::new);
  }

  @Override
  public synchronized void start(Invocation invocation, Stdio stdio, Port port)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (run != null || closed) {
      throw new DriverException(
          Kind.CONFLICT,
          "starting sandbox " + id + ", which was " + (closed ? "closed" : "started"));
    }
    Run fresh = new Run(module, spec, invocation, stdio, port, files, workshop);
    workshop.threads().execute(fresh);
    run = fresh;
  }

  @Override
  public Ending await() throws InterruptedException {
    Run started = running("awaiting");
    try {
      return started.await();
    } catch (InterruptedException e) {
      started.end(new Outcome.Stopped());
      throw e;
    }
  }

  /// There is no way to ask a module to end, and so nothing to be graceful about.
  @Override
  public void stop(Duration grace) throws InterruptedException {
    Run started = running("stopping");
    started.end(new Outcome.Stopped());
    started.await();
  }

  @Override
  public InputStream logs(LogQuery query) {
    return running("reading the log of").kept().read(query.offset(), query.follow());
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    return type == Stats.class ? Optional.of(type.cast(this)) : Optional.empty();
  }

  @Override
  public Usage usage() {
    Run started = started();
    return started == null ? Usage.NONE : started.usage();
  }

  @Override
  public void close() {
    Run started;
    synchronized (this) {
      closed = true;
      started = run;
    }
    if (started != null) {
      started.end(new Outcome.Stopped());
      try {
        started.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // it ends all the same
      }
    }
    files.values().forEach(secret -> Arrays.fill(secret, (byte) 0));
    forget.run();
  }

  private synchronized @Nullable Run started() {
    return run;
  }

  private Run running(String doing) {
    Run started = started();
    if (started == null) {
      throw new DriverException(Kind.CONFLICT, doing + " sandbox " + id + ", which wasn't started");
    }
    return started;
  }
}
