package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.OutputExceededException;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.Usage;

/// One run of a program, on a thread of its own.
///
/// Whatever comes first decides the outcome: the program's own end, a limit, or whoever ends it.
/// The run has ended when its thread has.
final class Execution {

  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private final SandboxSpec spec;
  private final Set<Trait> traits;
  private final LogBuffer log;
  private final Account account;
  private final Thread thread;
  private final Streams streams;
  private final Consumer<Ending> ended;
  private final AtomicReference<@Nullable Outcome> decided = new AtomicReference<>();

  /// @param ended told on the run's thread, as the last thing it does
  Execution(
      String name,
      Program program,
      SandboxSpec spec,
      Set<Trait> traits,
      Surroundings surroundings,
      LogBuffer log,
      Consumer<Ending> ended) {
    this.spec = spec;
    this.traits = traits;
    this.log = log;
    this.ended = ended;
    long memory = traits.contains(Trait.LIMITS_MEMORY) ? spec.limits().memory() : Long.MAX_VALUE;
    this.account = new Account(memory, () -> end(new Outcome.Exceeded(Limit.MEMORY)));
    this.streams = new Streams(surroundings.stdio(), traits.contains(Trait.KEEPS_OUTPUT));
    Workload workload = workload(surroundings);
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(() -> run(program, workload));
  }

  /// What an invocation brings, the clock of whoever brings it, and the files of the sandbox.
  record Surroundings(
      Invocation invocation,
      Stdio stdio,
      Port port,
      InstantSource clock,
      Map<String, byte[]> files) {}

  void start() {
    thread.start();
  }

  /// Decides the outcome, unless something else has; the program goes on.
  void decide(Outcome outcome) {
    decided.compareAndSet(null, outcome);
  }

  /// Decides the outcome, unless something else has, and ends the program.
  void end(Outcome outcome) {
    decide(outcome);
    thread.interrupt();
  }

  /// Serves these streams from now on; what was written goes to them first.
  void attach(Stdio stdio) {
    try {
      streams.replace(stdio);
    } catch (OutputExceededException _) {
      end(new Outcome.Exceeded(Limit.OUTPUT));
    } catch (IOException e) {
      end(new Outcome.Lost("its streams could not be taken up: " + e.getMessage()));
    }
  }

  /// Use until now.
  Usage usage() {
    long nanos = ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId());
    return new Usage(Duration.ofNanos(Math.max(nanos, 0)), account.most());
  }

  private void run(Program program, Workload workload) {
    long most = TimeUnit.NANOSECONDS.convert(spec.limits().time());
    Future<?> timeout =
        TIMER.schedule(() -> end(new Outcome.Exceeded(Limit.TIME)), most, TimeUnit.NANOSECONDS);
    try {
      decide(new Outcome.Exited(program.run(workload)));
    } catch (Throwable e) { // whatever a workload throws, it is the workload's
      decide(new Outcome.Faulted(e.toString()));
    } finally {
      timeout.cancel(false);
      log.complete();
      ended.accept(new Ending(decided(), usage()));
    }
  }

  private Outcome decided() {
    Outcome outcome = decided.get();
    if (outcome == null) {
      throw new IllegalStateException("a run that is over has an outcome");
    }
    return outcome;
  }

  private Workload workload(Surroundings given) {
    boolean constant = spec.pure() && traits.contains(Trait.ENFORCES_PURITY);
    return new Workload(
        given.invocation().arguments(),
        given.invocation().environment(),
        new Input(),
        new Output(Optional.empty()),
        new Output(Optional.of(log)),
        constant ? () -> Instant.EPOCH : given.clock(),
        constant ? seeded(given.invocation()) : new SecureRandom(),
        account,
        traits.contains(Trait.PORT) ? Optional.of(given.port()) : Optional.empty(),
        Optional.empty(),
        given.files());
  }

  private RandomGenerator seeded(Invocation invocation) {
    byte[] seed = invocation.seed().orElse(spec.form().code()).digest();
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  private static ScheduledThreadPoolExecutor timer() {
    var timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("memory-limits").factory());
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /// The agent's stream, which isn't the program's to close. That it fails is no fault of the
  /// program, which may then have run to any point.
  private final class Input extends InputStream {

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        return streams.read(into, offset, length, () -> decided.get() != null);
      } catch (IOException e) {
        end(new Outcome.Lost("its input could not be read: " + e.getMessage()));
        throw e;
      }
    }
  }

  /// The agent's stream likewise; what goes to the log is kept as well.
  private final class Output extends OutputStream {

    private final Optional<LogBuffer> kept;

    Output(Optional<LogBuffer> kept) {
      this.kept = kept;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      kept.ifPresent(buffer -> buffer.append(bytes, offset, length));
      try {
        streams.write(kept.isPresent(), bytes, offset, length);
      } catch (OutputExceededException e) {
        end(new Outcome.Exceeded(Limit.OUTPUT));
        throw e;
      } catch (IOException e) {
        end(new Outcome.Lost("what it wrote could not be delivered: " + e.getMessage()));
        throw e;
      }
    }
  }
}
