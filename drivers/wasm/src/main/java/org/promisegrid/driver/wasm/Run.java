package org.promisegrid.driver.wasm;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.wasm.engine.CompiledModule;
import org.promisegrid.driver.wasm.engine.RunEndedException;
import org.promisegrid.driver.wasm.engine.Surroundings;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.KeptLog;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Usage;

/// One run of a module, from the order to its ending, on a thread of its own.
final class Run implements Runnable, Surroundings {

  private static final System.Logger LOGGER = System.getLogger(Run.class.getName());
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /// An interrupted workload ends within a millisecond.
  private static final long HANGS_AFTER = TimeUnit.SECONDS.toNanos(5);

  private final CompiledModule module;
  private final SandboxSpec spec;
  private final Invocation invocation;
  private final Port port;
  private final Map<String, byte[]> files;
  private final Workshop workshop;
  private final Turns.Turn turn;
  private final KeptLog kept;
  private final InputStream in;
  private final OutputStream out;
  private final OutputStream log;
  private final CountDownLatch ended = new CountDownLatch(1);

  // Guarded by this.
  private @Nullable Thread thread;
  private @Nullable Outcome verdict;
  private @Nullable Ending ending;
  private long cpuBefore;
  private long used;

  // The run's thread alone.
  private long taken;

  Run(
      CompiledModule module,
      SandboxSpec spec,
      Invocation invocation,
      Stdio stdio,
      Port port,
      Map<String, byte[]> files,
      Workshop workshop) {
    this.module = module;
    this.spec = spec;
    this.invocation = invocation;
    this.port = port;
    this.files = files;
    this.workshop = workshop;
    this.turn = workshop.turns().turn();
    this.kept = new KeptLog(spec.limits().log());
    this.in = Streams.input(stdio.in(), turn);
    this.out = Streams.output(stdio.out(), spec.limits().output(), turn);
    this.log = Streams.log(stdio.log(), kept, spec.limits().log(), turn);
  }

  /// What it wrote to its log.
  KeptLog kept() {
    return kept;
  }

  /// Waits for the end.
  Ending await() throws InterruptedException {
    ended.await();
    return ending().orElseThrow();
  }

  synchronized Optional<Ending> ending() {
    return Optional.ofNullable(ending);
  }

  /// Ends it with `outcome`, unless it ends by itself meanwhile or has ended.
  synchronized void end(Outcome outcome) {
    if (ending == null && verdict == null) {
      verdict = outcome;
      if (thread != null) {
        thread.interrupt();
        Future<?> _ =
            workshop.timer().schedule(this::leaveAlone, HANGS_AFTER, TimeUnit.NANOSECONDS);
      }
    }
  }

  /// A thread that hears no interrupt hangs in a stream or port that isn't ours. It is left alone:
  /// it ends as soon as it comes back, before it writes any more.
  private synchronized void leaveAlone() {
    if (ending == null && verdict != null) {
      LOGGER.log(System.Logger.Level.WARNING, "a run of {0} hangs", spec.form().code());
      finish(verdict, new Usage(Duration.ZERO, used));
    }
  }

  /// What it has used so far.
  synchronized Usage usage() {
    if (ending != null) {
      return ending.usage();
    }
    Duration cpu =
        thread == null
            ? Duration.ZERO
            : Duration.ofNanos(
                Math.max(0, THREADS.getThreadCpuTime(thread.threadId()) - cpuBefore));
    return new Usage(cpu, used);
  }

  @Override
  public void run() {
    Outcome outcome = null;
    try {
      if (enter()) {
        outcome = compute();
      }
    } catch (InterruptedException e) {
      LOGGER.log(System.Logger.Level.TRACE, "a run was interrupted", e);
    } catch (RuntimeException e) {
      LOGGER.log(System.Logger.Level.WARNING, "the engine failed in " + spec.form().code(), e);
      outcome = new Outcome.Faulted("the engine failed: " + e);
    } catch (Error e) {
      LOGGER.log(System.Logger.Level.ERROR, "the engine failed in " + spec.form().code(), e);
      outcome = new Outcome.Lost("the engine failed: " + e);
    } finally {
      turn.give();
      leave(outcome);
    }
  }

  private Outcome compute() throws InterruptedException {
    turn.take();
    Future<?> alarm =
        workshop
            .timer()
            .schedule(
                () -> end(new Outcome.Exceeded(Limit.TIME)),
                saturated(spec.limits().time()),
                TimeUnit.NANOSECONDS);
    try {
      return module.run(this);
    } finally {
      alarm.cancel(false);
    }
  }

  private static long saturated(Duration time) {
    try {
      return time.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  private synchronized boolean enter() {
    thread = Thread.currentThread();
    cpuBefore = THREADS.getCurrentThreadCpuTime();
    return verdict == null;
  }

  /// @param outcome how it ended by itself; null if it was interrupted or never began
  private void leave(@Nullable Outcome outcome) {
    workshop.memory().give(taken);
    synchronized (this) {
      thread = null; // from here on nobody interrupts it; its pool clears what came just before
      Outcome told = outcome;
      if (told == null || (told instanceof Outcome.Lost && verdict != null)) {
        told = verdict != null ? verdict : new Outcome.Lost("the agent is ending");
      }
      Duration cpu = Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - cpuBefore);
      if (ending == null) {
        finish(told, new Usage(cpu, used));
      }
    }
  }

  private synchronized void finish(Outcome outcome, Usage usage) {
    ending = new Ending(outcome, usage);
    kept.end();
    ended.countDown();
  }

  @Override
  public Invocation invocation() {
    return invocation;
  }

  @Override
  public boolean pure() {
    return spec.pure();
  }

  @Override
  public Instant now() {
    return workshop.clock().instant();
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public OutputStream log() {
    return log;
  }

  @Override
  public Map<String, byte[]> files() {
    return files;
  }

  @Override
  public byte[] ask(byte[] message) throws InterruptedException {
    turn.give();
    byte[] answer = port.send(message);
    turn.resume();
    return answer;
  }

  @Override
  public void sleep(long nanoseconds) throws InterruptedException {
    turn.give();
    TimeUnit.NANOSECONDS.sleep(nanoseconds);
    turn.resume();
  }

  @Override
  public long memoryLimit() {
    return spec.limits().memory();
  }

  @Override
  public void hold(long bytes, long host) {
    if (!workshop.memory().take(host)) {
      throw new RunEndedException(
          new Outcome.Lost("all memory set aside for WebAssembly is in use"));
    }
    taken += host;
    synchronized (this) {
      used += bytes;
    }
  }

  @Override
  public void release(long host) {
    taken -= host;
    workshop.memory().give(host);
  }

  @Override
  public long free() {
    return workshop.memory().free();
  }
}
