package example.forth;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.LogQuery;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.OutputExceededException;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Usage;

/// One program with a thread of its own, from its creation until it is closed. Whatever comes first
/// decides how it ended: the program, a limit, or whoever stops it.
final class ForthSandbox implements Sandbox {

  private final SandboxId id;
  private final Code code;
  private final Limits limits;
  private final InstantSource clock;
  private final ScheduledExecutorService timer;
  private final Runnable gone;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Log log;

  // Guarded by this.
  private State state = new State.Created();
  private Outcome decided;
  private Thread thread;

  ForthSandbox(
      SandboxId id,
      Code code,
      Limits limits,
      InstantSource clock,
      ScheduledExecutorService timer,
      Runnable gone) {
    this.id = id;
    this.code = code;
    this.limits = limits;
    this.clock = clock;
    this.timer = timer;
    this.gone = gone;
    this.log = new Log(limits.log());
  }

  @Override
  public SandboxId id() {
    return id;
  }

  @Override
  public synchronized State state() {
    return state;
  }

  @Override
  public synchronized void start(Invocation invocation, Stdio stdio, Port port)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("starting " + id);
    }
    if (!(state instanceof State.Created)) {
      throw new DriverException(Kind.CONFLICT, "starting " + id + ": it was started before");
    }
    Machine machine =
        new Machine(
            code, invocation, limits.memory(), clock, stdio.in(), stdio.out(), log.to(stdio.log()));
    state = new State.Running();
    thread =
        Thread.ofPlatform().daemon().name("forth-" + id).start(() -> run(machine));
  }

  private void run(Machine machine) {
    Future<?> alarm =
        timer.schedule(
            () -> end(new Outcome.Exceeded(Limit.TIME)),
            TimeUnit.NANOSECONDS.convert(limits.time()),
            TimeUnit.NANOSECONDS);
    Outcome outcome = new Outcome.Faulted("the machine broke");
    try {
      outcome = machine.run();
    } catch (OutputExceededException e) {
      outcome = new Outcome.Exceeded(Limit.OUTPUT);
    } catch (IOException e) {
      outcome = new Outcome.Lost("a stream failed: " + e);
    } catch (InterruptedException e) {
      outcome = new Outcome.Lost("its thread was interrupted by nobody");
    } finally {
      alarm.cancel(false);
      log.complete();
      settle(outcome, new Usage(Duration.ZERO, machine.used()));
    }
  }

  private synchronized void settle(Outcome outcome, Usage usage) {
    Outcome before = decided;
    state = new State.Ended(new Ending(before == null ? outcome : before, usage));
    thread = null;
    ended.countDown();
  }

  /// Ends it for that reason, unless it has one.
  private synchronized void end(Outcome reason) {
    if (decided == null) {
      decided = reason;
    }
    if (thread != null) {
      thread.interrupt();
    } else if (state instanceof State.Created) {
      log.complete();
      settle(reason, Usage.NONE);
    }
  }

  @Override
  public Ending await() throws InterruptedException {
    try {
      ended.await();
    } catch (InterruptedException e) {
      end(new Outcome.Stopped());
      throw e;
    }
    if (state() instanceof State.Ended(Ending ending)) {
      return ending;
    }
    throw new IllegalStateException(id + " has ended and hasn't");
  }

  /// A program can't be asked to end: there is nothing to be graceful about.
  @Override
  public void stop(Duration grace) throws InterruptedException {
    end(new Outcome.Stopped());
    ended.await();
  }

  @Override
  public InputStream logs(LogQuery query) {
    return log.read(query);
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    return Optional.empty();
  }

  @Override
  public void close() {
    end(new Outcome.Stopped());
    boolean interrupted = false;
    while (ended.getCount() > 0) {
      try {
        ended.await();
      } catch (InterruptedException e) {
        interrupted = true; // what is destroyed is gone when this returns
      }
    }
    gone.run();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// The part of a log that is kept.
  private static final class Log {
    private final long limit;
    private byte[] kept = {};
    private int size;
    private boolean complete;

    Log(long limit) {
      this.limit = limit;
    }

    /// Keeps what it passes on, as far as the limit allows.
    OutputStream to(OutputStream agent) {
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          keep(bytes, offset, length);
          agent.write(bytes, offset, length);
        }
      };
    }

    private synchronized void keep(byte[] bytes, int offset, int length) {
      int count = (int) Math.min(length, Math.min(limit, Integer.MAX_VALUE - 8) - size);
      if (count > kept.length - size) {
        kept = Arrays.copyOf(kept, Math.max(size + count, 2 * kept.length));
      }
      System.arraycopy(bytes, offset, kept, size, count);
      size += count;
      notifyAll();
    }

    synchronized void complete() {
      complete = true;
      notifyAll();
    }

    /// What there is from `from` on; waits for it if asked to.
    private synchronized byte[] from(long from, boolean follow) throws InterruptedIOException {
      try {
        while (follow && !complete && from >= size) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while following a log");
      }
      return from >= size ? new byte[0] : Arrays.copyOfRange(kept, (int) from, size);
    }

    InputStream read(LogQuery query) {
      return new InputStream() {
        private long next = query.offset();
        private byte[] piece = {};
        private int at;

        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
          if (length == 0) {
            return 0;
          }
          if (at == piece.length) {
            piece = from(next, query.follow());
            at = 0;
          }
          int count = Math.min(length, piece.length - at);
          System.arraycopy(piece, at, into, offset, count);
          at += count;
          next += count;
          return count == 0 ? -1 : count;
        }
      };
    }
  }
}
