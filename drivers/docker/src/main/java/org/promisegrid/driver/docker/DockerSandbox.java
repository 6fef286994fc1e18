package org.promisegrid.driver.docker;

import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Attach;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.KeptLog;
import org.promisegrid.sandbox.LogQuery;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Usage;
import org.promisegrid.shim.ShimConnection;

/// One container of this node's, made by this process or by one before it.
final class DockerSandbox implements Sandbox, Attach {

  private final Container container;
  private final Workplace workplace;
  private final SecretBytes secrets;

  /// To its shim, if that was started before there was a call for it.
  private final Optional<ShimConnection> warm;

  private final Consumer<DockerSandbox> forget;

  private final Adopter adopter;

  /// Whether another process started it.
  private final boolean found;

  private final ReentrantLock takingUp = new ReentrantLock();

  // Guarded by this.
  private @Nullable LiveRun run;
  private @Nullable KeptLog log;
  private @Nullable Ending ended;
  private boolean starting;
  private boolean closed;

  /// One that can be started.
  ///
  /// @param secrets by path; they are overwritten in the end
  /// @param forget what is to be done once it is closed
  DockerSandbox(
      Container container,
      Workplace workplace,
      SecretBytes secrets,
      Consumer<DockerSandbox> forget) {
    this(container, workplace, secrets, Optional.empty(), false, forget);
  }

  /// One that was warm, and can be told what to run.
  DockerSandbox(WarmPool.Warm warm, Workplace workplace, Consumer<DockerSandbox> forget) {
    this(
        warm.container(),
        workplace,
        SecretBytes.none(),
        Optional.of(warm.connection()),
        false,
        forget);
  }

  /// One that another process started. Its streams are left alone until somebody wants something of
  /// them.
  ///
  /// @param ended how it ended; empty if it goes on
  DockerSandbox(
      Container container,
      Workplace workplace,
      Optional<Ending> ended,
      Consumer<DockerSandbox> forget) {
    this(container, workplace, SecretBytes.none(), Optional.empty(), true, forget);
    this.ended = ended.orElse(null);
  }

  private DockerSandbox(
      Container container,
      Workplace workplace,
      SecretBytes secrets,
      Optional<ShimConnection> warm,
      boolean found,
      Consumer<DockerSandbox> forget) {
    this.container = container;
    this.workplace = workplace;
    this.secrets = secrets;
    this.warm = warm;
    this.found = found;
    this.forget = forget;
    this.adopter = new Adopter(workplace);
  }

  @Override
  public SandboxId id() {
    return container.id();
  }

  @Override
  public State state() throws InterruptedException {
    synchronized (this) {
      if (run != null && run.ending().isPresent()) {
        return new State.Ended(run.ending().get());
      }
      if (ended != null) {
        return new State.Ended(ended);
      }
      if (run != null || starting) {
        return new State.Running();
      }
      if (!found) {
        return new State.Created();
      }
    }
    return adopter.state(container.name());
  }

  @Override
  public void start(Invocation invocation, Stdio stdio, Port port) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("starting sandbox " + id());
    }
    synchronized (this) {
      if (found || run != null || starting || ended != null || closed) {
        throw new DriverException(
            Kind.CONFLICT, "starting sandbox " + id() + ", which was started or closed");
      }
      starting = true;
    }
    KeptLog kept = new KeptLog(container.terms().limits().log());
    Stdio served = new Stdio(stdio.in(), stdio.out(), new Tee(stdio.log(), kept));
    LiveRun fresh = null;
    try {
      fresh = new Starter(workplace, container).start(invocation, served, secrets, warm);
    } finally {
      settle(fresh, kept);
    }
  }

  /// A start that failed has ended the container, too.
  private synchronized void settle(@Nullable LiveRun fresh, KeptLog kept) {
    starting = false;
    run = fresh;
    log = kept;
    if (fresh == null) {
      kept.end();
      ended = new Ending(new Outcome.Stopped(), Usage.NONE);
    } else {
      fresh.watch(kept::end);
    }
  }

  @Override
  public void attach(Stdio stdio) throws InterruptedException {
    takingUp.lockInterruptibly();
    try {
      synchronized (this) {
        if (!found || run != null || closed) {
          throw new DriverException(
              Kind.CONFLICT,
              "attaching to sandbox " + id() + ", whose streams nobody left to be taken up");
        }
      }
      takeUp(stdio);
    } finally {
      takingUp.unlock();
    }
  }

  private LiveRun takeUp(Stdio stdio) throws InterruptedException {
    KeptLog kept = new KeptLog(container.terms().limits().log());
    Stdio served = new Stdio(stdio.in(), stdio.out(), new Tee(stdio.log(), kept));
    Optional<Ending> over;
    synchronized (this) {
      over = Optional.ofNullable(ended);
    }
    LiveRun taken = adopter.takeUp(container, over, served);
    synchronized (this) {
      run = taken;
      log = kept;
      taken.watch(kept::end);
      if (closed) {
        taken.end(new Outcome.Stopped());
      }
    }
    return taken;
  }

  /// The run, if one goes on; what another process left, and nobody took up, is taken up for that.
  private @Nullable LiveRun running(String doing) throws InterruptedException {
    synchronized (this) {
      if (run != null || ended != null) {
        return run;
      }
      if (!found || closed) {
        throw new DriverException(
            Kind.CONFLICT, doing + " sandbox " + id() + ", which wasn't started");
      }
    }
    takingUp.lockInterruptibly();
    try {
      LiveRun taken;
      synchronized (this) {
        taken = run;
      }
      return taken != null ? taken : takeUp(Adopter.unwanted(container));
    } finally {
      takingUp.unlock();
    }
  }

  @Override
  public Ending await() throws InterruptedException {
    LiveRun started = running("awaiting");
    return started != null ? started.await() : ended();
  }

  private synchronized Ending ended() {
    if (ended == null) {
      throw new DriverException(Kind.CONFLICT, "sandbox " + id() + " wasn't started");
    }
    return ended;
  }

  @Override
  public void stop(Duration grace) throws InterruptedException {
    LiveRun started = running("stopping");
    if (started != null) {
      started.stop(grace);
    }
  }

  @Override
  public InputStream logs(LogQuery query) throws InterruptedException {
    running("reading the log of");
    return log().read(query.offset(), query.follow());
  }

  /// What was kept; of one that was found ended, what its spool has.
  private KeptLog log() throws InterruptedException {
    synchronized (this) {
      if (log != null) {
        return log;
      }
    }
    long limit = container.terms().limits().log();
    KeptLog read = new KeptLog(limit);
    try {
      new Spool(workplace.engine())
          .copy(container.name(), "err", 0, limit, new Tee(OutputStream.nullOutputStream(), read));
    } catch (IOException e) {
      throw new DriverException(Kind.UNAVAILABLE, "reading the log of sandbox " + id(), e);
    }
    read.end();
    synchronized (this) {
      if (log == null) {
        log = read;
      }
      return log;
    }
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    return type == Attach.class ? Optional.of(type.cast(this)) : Optional.empty();
  }

  @Override
  public void close() {
    LiveRun started;
    boolean over;
    synchronized (this) {
      closed = true;
      started = run;
      over = run != null && run.ending().isPresent();
    }
    if (over) { // nothing goes on in it: nobody need wait until it is gone
      secrets.wipe();
      workplace.disposal().remove(container);
      forget.accept(this);
      return;
    }
    if (started != null) {
      started.end(new Outcome.Stopped());
    } else {
      warm.ifPresent(ShimConnection::close);
    }
    secrets.wipe();
    workplace.leftovers().remove(container);
    if (started != null) {
      started.join();
    }
    forget.accept(this);
  }

  /// Removes a container, running or not, with what it has kept.
  static void remove(Engine engine, String name) {
    engine.insist(
        "removing container " + name,
        client -> {
          try {
            client.removeContainerCmd(name).withForce(true).withRemoveVolumes(true).exec();
          } catch (NotFoundException _) {
            // That is what was wanted.
          }
          return name;
        });
  }

  /// Ends what runs in a container, by way of the engine.
  static void kill(Engine engine, String name) {
    engine.insist(
        "ending container " + name,
        client -> {
          try {
            client.killContainerCmd(name).exec();
          } catch (ConflictException | NotFoundException _) {
            // It doesn't run.
          }
          return name;
        });
  }

  /// Lets it live on without this process.
  void leave() {
    LiveRun started;
    synchronized (this) {
      closed = true;
      started = run;
    }
    if (started != null) {
      started.leave();
    } else {
      warm.ifPresent(ShimConnection::close);
    }
    secrets.wipe();
  }

  /// Keeps what is written, and passes it on.
  static final class Tee extends OutputStream {

    private final OutputStream to;
    private final KeptLog kept;

    Tee(OutputStream to, KeptLog kept) {
      this.to = to;
      this.kept = kept;
    }

    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      kept.append(from, offset, length);
      to.write(from, offset, length);
    }

    @Override
    public void flush() throws IOException {
      to.flush();
    }
  }
}
