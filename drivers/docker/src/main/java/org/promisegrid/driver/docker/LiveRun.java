package org.promisegrid.driver.docker;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.OutputExceededException;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Usage;
import org.promisegrid.shim.Exit;
import org.promisegrid.shim.ShimConnection;

/// A run that this process has a connection to, until it has ended and all it wrote was served.
///
/// The shim ends it where it should; this sees to it that it does, by way of the engine if need be.
final class LiveRun {

  private static final System.Logger LOGGER = System.getLogger(LiveRun.class.getName());

  /// How much longer than a run may take its shim may take to say so.
  private static final Duration LATE = Duration.ofSeconds(2);

  /// How long a shim that was told to end may take.
  private static final Duration DEAF = Duration.ofSeconds(10);

  /// For how long an engine may be gone, and how often it is looked for.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration PAUSE = Duration.ofMillis(200);

  private final Engine engine;
  private final Container container;
  private final Adopter adopter;
  private final Stdio stdio;
  private final Spool spool;
  private final CompletableFuture<Ending> over = new CompletableFuture<>();

  // Guarded by this.
  private ShimConnection connection;
  private @Nullable Outcome verdict;
  private boolean left;

  /// @param connection which runs it
  LiveRun(Workplace workplace, Container container, ShimConnection connection, Stdio stdio) {
    this.engine = workplace.engine();
    this.adopter = new Adopter(workplace);
    this.container = container;
    this.connection = connection;
    this.stdio = stdio;
    this.spool = new Spool(engine);
  }

  private synchronized ShimConnection connection() {
    return connection;
  }

  /// Begins to watch over it.
  ///
  /// @param last what is to be done when it is over, before whoever waits hears so
  void watch(Runnable last) {
    Thread.ofVirtual().name("docker run " + container.name()).start(() -> follow(last));
    Thread.ofVirtual().name("docker time " + container.name()).start(this::keepTime);
  }

  private void follow(Runnable last) {
    Ending ending = new Ending(new Outcome.Lost("nobody waited for it"), Usage.NONE);
    try {
      ending = connection().await();
      ending = settled(ending);
    } catch (InterruptedException _) {
      LOGGER.log(
          System.Logger.Level.WARNING, "whoever waited for {0} was interrupted", container.name());
    } catch (RuntimeException e) {
      LOGGER.log(System.Logger.Level.WARNING, "how " + container.name() + " ended is unknown", e);
    } finally {
      connection().close();
      last.run();
      over.complete(ending);
    }
  }

  private synchronized @Nullable Outcome verdict() {
    return verdict;
  }

  private synchronized boolean left() {
    return left;
  }

  /// What it came to, where the connection doesn't say.
  private Ending settled(Ending ending) throws InterruptedException {
    Ending known = ending;
    while (known.outcome() instanceof Outcome.Lost lost && !left()) {
      Outcome decided = verdict();
      if (decided != null) {
        kill();
        return new Ending(decided, known.usage());
      }
      Optional<Ending> found = found(lost);
      if (found.isPresent()) {
        return found.get();
      }
      known = connection().await();
    }
    return known;
  }

  /// Looks at the container itself; empty if contact was made again.
  private Optional<Ending> found(Outcome.Lost lost) throws InterruptedException {
    long patience = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        Optional<Exit> exit = spool.exit(container.name());
        if (exit.isPresent()) {
          deliver(exit.get());
          return Optional.of(exit.get().ending());
        }
        return resumed(lost);
      } catch (OutputExceededException _) {
        return Optional.of(new Ending(new Outcome.Exceeded(Limit.OUTPUT), Usage.NONE));
      } catch (DriverException | IOException e) {
        String why = lost.why() + "; " + e.getMessage();
        if (System.nanoTime() >= patience || !pause()) {
          return Optional.of(new Ending(new Outcome.Lost(why), Usage.NONE));
        }
      }
    }
  }

  /// Takes up a run that still goes on: all that it writes comes, but the rest of its input is
  /// lost.
  private Optional<Ending> resumed(Outcome.Lost lost) throws InterruptedException, IOException {
    State state = adopter.state(container.name());
    if (state instanceof State.Ended(Ending ending)) {
      return Optional.of(
          ending.outcome() instanceof Outcome.Lost ? new Ending(lost, Usage.NONE) : ending);
    }
    String doing = "taking up sandbox " + container.id();
    ShimConnection again = Starter.greet(container, engine.attach(doing, container.name()), doing);
    ShimConnection.Told told = connection().told();
    again.resume(told, new Stdio(new NoMoreInput(), stdio.out(), stdio.log()));
    synchronized (this) {
      connection = again;
      if (verdict != null) {
        again.end(verdict);
      }
      if (left) {
        again.close();
      }
    }
    return Optional.empty();
  }

  /// Waits a moment; false once it doesn't matter any more how it ended.
  private synchronized boolean pause() throws InterruptedException {
    if (verdict == null && !left) {
      TimeUnit.MILLISECONDS.timedWait(this, PAUSE.toMillis());
    }
    return verdict == null && !left;
  }

  /// What it wrote and nobody was told, from its spool.
  private void deliver(Exit exit) throws InterruptedException, IOException {
    ShimConnection.Told told = connection().told();
    spool.copy(container.name(), "out", told.out(), exit.out() - told.out(), stdio.out());
    spool.copy(container.name(), "err", told.err(), exit.err() - told.err(), stdio.log());
  }

  private void keepTime() {
    if (!endsWithin(saturated(container.terms().limits().time()))) {
      end(new Outcome.Exceeded(Limit.TIME));
    }
  }

  private static Duration saturated(Duration time) {
    try {
      return Duration.ofNanos(time.plus(LATE).toNanos());
    } catch (ArithmeticException _) {
      return Duration.ofNanos(Long.MAX_VALUE);
    }
  }

  private boolean endsWithin(Duration within) {
    try {
      over.get(within.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (InterruptedException | TimeoutException _) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("it ends with an ending", e);
    }
  }

  Optional<Ending> ending() {
    return over.isDone() ? Optional.of(over.join()) : Optional.empty();
  }

  /// Waits for the end; whoever is interrupted ends it.
  Ending await() throws InterruptedException {
    try {
      return over.get();
    } catch (InterruptedException e) {
      end(new Outcome.Stopped());
      throw e;
    } catch (ExecutionException e) {
      throw new IllegalStateException("it ends with an ending", e);
    }
  }

  /// Asks it to end, and ends it once `grace` has passed.
  void stop(Duration grace) throws InterruptedException {
    if (over.isDone()) {
      return;
    }
    Thread.ofVirtual()
        .name("docker stop " + container.name())
        .start(() -> {
          if (!endsWithin(saturated(grace))) {
            end(new Outcome.Stopped());
          }
        });
    connection().stop(grace);
    await();
  }

  /// Ends it for that reason, unless something else has; doesn't wait.
  void end(Outcome why) {
    synchronized (this) {
      if (verdict == null) {
        verdict = why;
        notifyAll();
      }
    }
    connection().end(why);
    Thread.ofVirtual()
        .name("docker end " + container.name())
        .start(() -> {
          if (!endsWithin(DEAF)) {
            kill();
            connection().close();
          }
        });
  }

  /// By way of the engine.
  private void kill() {
    try {
      DockerSandbox.kill(engine, container.name());
    } catch (DriverException e) {
      LOGGER.log(
          System.Logger.Level.WARNING, "container {0} may live on: {1}", container.name(), e);
    }
  }

  /// Waits until it is over.
  void join() {
    over.join();
  }

  /// Lets go of it: it lives on, and this process has nothing to do with it any more.
  void leave() {
    synchronized (this) {
      left = true;
      notifyAll();
    }
    connection().close();
    over.join();
  }
}
