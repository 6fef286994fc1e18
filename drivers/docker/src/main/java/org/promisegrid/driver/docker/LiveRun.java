package org.promisegrid.driver.docker;

import java.io.IOException;
import java.io.InterruptedIOException;
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
import org.promisegrid.sandbox.Usage;
import org.promisegrid.shim.Exit;
import org.promisegrid.shim.ShimConnection;

/// A run whose streams this process serves, until it has ended and all it wrote was told: over a
/// connection to its shim, and, what no connection told, from its spool.
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
  private final Served served;
  private final Spool spool;
  private final Optional<Ending> known;
  private final CompletableFuture<Ending> over = new CompletableFuture<>();

  // Guarded by this.
  private @Nullable ShimConnection connection;
  private @Nullable Outcome verdict;
  private @Nullable Thread telling;
  private boolean left;

  private LiveRun(Workplace workplace, Container container, Served served, Optional<Ending> known) {
    this.engine = workplace.engine();
    this.adopter = new Adopter(workplace);
    this.container = container;
    this.served = served;
    this.spool = new Spool(engine);
    this.known = known;
  }

  /// One that runs.
  ///
  /// @param connection which serves those streams
  LiveRun(Workplace workplace, Container container, Served served, ShimConnection connection) {
    this(workplace, container, served, Optional.empty());
    this.connection = connection;
  }

  /// One that has ended, and whose output is still to be told.
  LiveRun(Workplace workplace, Container container, Served served, Ending known) {
    this(workplace, container, served, Optional.of(known));
  }

  private synchronized @Nullable ShimConnection connection() {
    return connection;
  }

  /// Begins to watch over it.
  ///
  /// @param last what is to be done when it is over, before whoever waits hears so
  void watch(Runnable last) {
    Thread.ofVirtual().name("docker run " + container.name()).start(() -> follow(last));
    if (known.isEmpty()) {
      Thread.ofVirtual().name("docker time " + container.name()).start(this::keepTime);
    }
  }

  private void follow(Runnable last) {
    Ending ending = new Ending(new Outcome.Lost("nobody waited for it"), Usage.NONE);
    try {
      ending = settled();
    } catch (InterruptedException _) {
      LOGGER.log(
          System.Logger.Level.WARNING, "whoever waited for {0} was interrupted", container.name());
    } catch (RuntimeException e) {
      LOGGER.log(System.Logger.Level.WARNING, "how " + container.name() + " ended is unknown", e);
    } finally {
      hangUp();
      last.run();
      over.complete(ending);
    }
  }

  private void hangUp() {
    ShimConnection open = connection();
    if (open != null) {
      open.close();
    }
  }

  private synchronized @Nullable Outcome verdict() {
    return verdict;
  }

  private synchronized boolean left() {
    return left;
  }

  /// What it came to, with all that it wrote told.
  private Ending settled() throws InterruptedException {
    while (true) {
      ShimConnection open = connection();
      Ending ending = open != null ? open.await() : known.orElseThrow();
      if (left() || (open != null && isWhole(open, ending))) {
        return ending;
      }
      Optional<Ending> found = verdict() != null ? Optional.of(ending) : found(ending);
      if (found.isPresent()) {
        return decided(found.get());
      }
    }
  }

  /// Whether nothing is left to be found out, as far as a connection knows.
  private boolean isWhole(ShimConnection open, Ending ending) {
    if (ending.outcome() instanceof Outcome.Lost) {
      return false;
    }
    // What the shim told to nobody, while nobody listened, it may not have told again.
    return open.exit().filter(exit -> exit.outcome().equals(ending.outcome())).stream()
        .allMatch(this::isTold);
  }

  private boolean isTold(Exit exit) {
    return served.told().equals(new ShimConnection.Told(exit.out(), exit.err()));
  }

  /// That ending, unless this process has decided another.
  private Ending decided(Ending ending) {
    Outcome decided = verdict();
    if (decided == null || !(ending.outcome() instanceof Outcome.Lost)) {
      return ending;
    }
    kill();
    return new Ending(decided, ending.usage());
  }

  /// Looks at the container itself; empty if contact was made again.
  ///
  /// @param ending as far as it is known
  private Optional<Ending> found(Ending ending) throws InterruptedException {
    long patience = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        Optional<Exit> exit = spool.exit(container.name());
        if (exit.isEmpty()) {
          Optional<Ending> over = resumed(ending);
          if (over.isEmpty()) {
            return over;
          }
          exit = spool.exit(container.name()); // it may have ended just then
          if (exit.isEmpty()) {
            return over;
          }
        }
        return Optional.of(
            tell(exit.get()) ? exit.get().ending() : lost(ending, "it was told to be over"));
      } catch (DriverException | IOException e) {
        IOException refused = served.failure();
        if (refused != null) {
          return Optional.of(
              refused instanceof OutputExceededException
                  ? new Ending(new Outcome.Exceeded(Limit.OUTPUT), ending.usage())
                  : lost(ending, "what it wrote could not be delivered: " + refused.getMessage()));
        }
        if (System.nanoTime() >= patience || !pause()) {
          return Optional.of(lost(ending, engine.name() + " is lost: " + e.getMessage()));
        }
      }
    }
  }

  /// With the reason that is known now before what was known before.
  private static Ending lost(Ending before, String why) {
    String said = before.outcome() instanceof Outcome.Lost(String earlier) ? "; " + earlier : "";
    return new Ending(new Outcome.Lost(why + said), before.usage());
  }

  /// Takes up a run that still goes on: all that it writes comes, but the rest of its input is
  /// lost.
  private Optional<Ending> resumed(Ending ending) throws InterruptedException, IOException {
    IOException refused = served.failure();
    if (refused != null) {
      throw refused;
    }
    ShimConnection again;
    switch (adopter.meet(container, "taking up sandbox " + container.id())) {
      case Adopter.Over(Ending over) -> {
        return Optional.of(
            over.outcome() instanceof Outcome.Lost(String why) ? lost(ending, why) : over);
      }
      case Adopter.Met(ShimConnection met) -> again = met;
    }
    again.resume(served.told(), served.withoutInput());
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

  /// Tells what it wrote and nobody was told, from its spool.
  ///
  /// @return false if that doesn't matter any more
  /// @throws IOException if it can't be read, or be told
  private boolean tell(Exit exit) throws IOException {
    synchronized (this) {
      if (verdict != null || left) {
        return false;
      }
      telling = Thread.currentThread();
    }
    boolean cut = false;
    try {
      ShimConnection.Told told = served.told();
      spool.copy(container.name(), "out", told.out(), exit.out() - told.out(), served.out());
      spool.copy(container.name(), "err", told.err(), exit.err() - told.err(), served.log());
    } catch (InterruptedException | InterruptedIOException _) {
      cut = true;
    } finally {
      synchronized (this) {
        telling = null;
        cut |= Thread.interrupted(); // that was meant for this
      }
    }
    if (!cut && !isTold(exit)) {
      throw new IOException("its spool has less than it wrote");
    }
    return !cut;
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
    ShimConnection open = connection();
    if (open == null) {
      end(new Outcome.Stopped());
    } else {
      Thread.ofVirtual()
          .name("docker stop " + container.name())
          .start(() -> {
            if (!endsWithin(saturated(grace))) {
              end(new Outcome.Stopped());
            }
          });
      open.stop(grace);
    }
    await();
  }

  /// Ends it for that reason, unless something else has; doesn't wait.
  void end(Outcome why) {
    ShimConnection open;
    synchronized (this) {
      if (verdict == null) {
        verdict = why;
        cutShort();
      }
      open = connection;
    }
    if (open == null) {
      return; // it has ended
    }
    open.end(why);
    Thread.ofVirtual()
        .name("docker end " + container.name())
        .start(() -> {
          if (!endsWithin(DEAF)) {
            kill();
            hangUp();
          }
        });
  }

  private synchronized void cutShort() {
    notifyAll();
    if (telling != null) {
      telling.interrupt();
    }
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
      cutShort();
    }
    hangUp();
    over.join();
  }
}
