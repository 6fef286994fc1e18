package org.promisegrid.shim;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.OutputExceededException;
import org.promisegrid.sandbox.Stdio;

/// The stream to one shim, from its greeting to its end: `greet → run → await`, or, by a process
/// that takes over, `greet → resume → await`.
///
/// It serves the workload's streams, keeps the lease and notices silence, on threads of its own
/// that have all ended when [#await] or [#close] has returned; from then on nothing touches the
/// streams any more. The line is hung up when the run has ended.
///
/// Whatever comes first decides how the run ended: EXIT, [#end], an output that throws
/// [OutputExceededException]. A stream that ends before that, is silent too long, or says what no
/// shim says, is [Outcome.Lost].
public final class ShimConnection implements AutoCloseable {

  private static final int PIECE = 32_768;
  private static final int SIGTERM = 15;
  private static final int SIGKILL = 9;

  private final Line line;
  private final FrameReader frames;
  private final Outbox outbox;
  private final Watch watch;
  private final Course course = new Course();
  private final Pace pace;
  private final Thread reader = Thread.ofVirtual().name("shim-reader").unstarted(this::listen);
  private final Thread writer = Thread.ofVirtual().name("shim-writer").unstarted(this::write);
  private final Thread watcher = Thread.ofVirtual().name("shim-watch").unstarted(this::keepWatch);
  private final AtomicReference<@Nullable Service> service = new AtomicReference<>();

  /// The streams of its run, and how long that may take.
  private record Service(Sink out, Sink err, Thread feeder, Duration time) {

    void discard() {
      out.discard();
      err.discard();
    }
  }

  private ShimConnection(Line line, ShimKey key, Pace pace) {
    Listening listening = new Listening(line.from());
    this.line = line;
    this.pace = pace;
    this.frames = new FrameReader(listening, key);
    this.outbox = new Outbox(line.to());
    this.watch = new Watch(pace, key, listening, outbox);
  }

  /// Says hello, again and again, until the shim with that key answers. What comes before that is
  /// thrown away. The line is hung up if this fails.
  ///
  /// @param within how long that may take
  /// @throws ShimException if none answered in time, or the line ended
  public static ShimConnection greet(Line line, ShimKey key, Pace pace, Duration within)
      throws InterruptedException, ShimException {
    ShimConnection connection = new ShimConnection(line, key, pace);
    // The reader last: it waits for the others, which have to be there to be waited for.
    connection.writer.start();
    connection.watcher.start();
    connection.reader.start();
    boolean greeted = false;
    try {
      connection.course.awaitGreeting(within);
      greeted = true;
      return connection;
    } finally {
      if (!greeted) {
        connection.close();
      }
    }
  }

  /// What it answered when it was greeted.
  public Ready ready() {
    return course.ready();
  }

  /// Whether there is still somebody at the other end, as far as is known: a warm shim that has
  /// gone can't run anything any more.
  public boolean alive() {
    return course.isAlive();
  }

  /// Runs it, once, and returns when it has been executed; `stdio` is served until it ends. Where
  /// contact is lost so that nobody knows whether it was executed, this returns, and [#await] says
  /// [Outcome.Lost]. Being interrupted closes the connection: what outlives that is the caller's to
  /// end.
  ///
  /// @throws NotRunException if the shim couldn't run it
  /// @throws ShimException if contact was lost before it could be told to
  /// @throws IllegalStateException if this connection ran or resumed something before, or the shim
  ///   isn't [Ready.State#FRESH]
  public void run(Command command, Stdio stdio) throws InterruptedException, ShimException {
    course.take(true);
    service.set(serving(stdio, Told.NOTHING, false, command.bounds().time()));
    course.begin();
    watch.lease(command.lease());
    boolean begun = false;
    try {
      for (byte[] frame : Frame.of(command)) {
        if (!outbox.post(frame)) {
          break; // what was lost is told below
        }
      }
      course.awaitStart(outbox);
      begun = true;
    } finally {
      if (!begun) {
        close();
      }
    }
  }

  private Service serving(Stdio stdio, Told from, boolean resumed, Duration time) {
    Thread.Builder feeder = Thread.ofVirtual().name("shim-input");
    return new Service(
        new Sink(stdio.out(), from.out(), resumed),
        new Sink(stdio.log(), from.err(), resumed),
        feeder.unstarted(() -> feed(stdio.in())),
        time);
  }

  /// Takes up a run that another connection began, with a spool: its output from these offsets on.
  /// `stdio.in` is the whole input, from its beginning; what the shim has is passed over.
  ///
  /// What was told to nobody while nobody listened may not be told again if it ends in this very
  /// moment: once it has ended, compare [#told] with [#exit] and read the rest from its spool.
  ///
  /// @throws ShimException if contact was lost before it could be told to
  /// @throws IllegalStateException if this connection ran or resumed something before, or the shim
  ///   is [Ready.State#FRESH]
  public void resume(Told from, Stdio stdio) throws ShimException {
    course.take(false);
    Service taken = serving(stdio, from, true, Duration.ZERO);
    service.set(taken);
    course.resume();
    outbox.urge(Frame.resume(from));
    taken.feeder().start();
    try {
      course.requireResumed();
    } catch (ShimException e) { // perhaps before there was a feeder to be waited for
      taken.feeder().interrupt();
      join(taken.feeder());
      throw e;
    }
  }

  /// Up to which offsets output was received.
  ///
  /// @param out in the output
  /// @param err in the errors
  public record Told(long out, long err) {

    /// From the beginning.
    public static final Told NOTHING = new Told(0, 0);
  }

  /// Up to where it has told its output, counted from its beginning.
  public Told told() {
    Service serving = service.get();
    return serving == null ? Told.NOTHING : new Told(serving.out().next(), serving.err().next());
  }

  /// Sends a signal to the workload's process group. Nothing happens if it has ended.
  ///
  /// @throws IllegalArgumentException if it is no signal's number
  public void signal(int number) throws InterruptedException {
    if (number < 1 || number > 64) {
      throw new IllegalArgumentException("no signal: " + number);
    }
    outbox.post(Frame.signal(number));
  }

  /// Tells the terminal's new size. Nothing happens if it has ended.
  public void resize(Command.Terminal size) throws InterruptedException {
    outbox.post(Frame.resize(size));
  }

  /// Asks the workload to end, and ends it once `grace` has passed: [Outcome.Stopped]. Returns when
  /// it has ended; at once if nothing runs. Being interrupted meanwhile ends it at once.
  public void stop(Duration grace) throws InterruptedException {
    Outcome stopped = new Outcome.Stopped();
    try {
      if (!course.decide(stopped)) {
        return;
      }
      outbox.post(Frame.signal(SIGTERM));
      if (!course.awaitEnd(grace)) {
        end(stopped);
        course.await();
      }
    } catch (InterruptedException e) {
      end(stopped);
      throw e;
    }
  }

  /// Ends the workload at once, for that reason, unless something else has decided how it ended.
  /// Doesn't wait; what it wrote and nobody took is discarded.
  public void end(Outcome why) {
    if (course.decide(why)) {
      outbox.urge(Frame.signal(SIGKILL));
      discard();
    }
  }

  private void discard() {
    Service serving = service.get();
    if (serving != null) {
      serving.discard();
    }
  }

  /// Waits for the end; by many and again. Being interrupted ends the workload: [Outcome.Stopped].
  /// On a connection that runs nothing it waits until that is lost.
  public Ending await() throws InterruptedException {
    try {
      return course.await();
    } catch (InterruptedException e) {
      end(new Outcome.Stopped());
      throw e;
    }
  }

  /// What the shim told of the end; empty until then, and if contact was lost.
  public Optional<Exit> exit() {
    return course.exit();
  }

  /// Hangs up, and waits for the threads. A workload that doesn't outlive its agent ends; one that
  /// wasn't known to have ended is [Outcome.Lost] to those who wait. Idempotent.
  @Override
  public void close() {
    lose("its connection was closed");
    discard();
    join(reader);
  }

  /// A write under way may go on: what came before contact was lost isn't lost with it.
  private void lose(String why) {
    course.lose(why);
    outbox.close();
    line.hangUp().run();
  }

  /// It isn't waited for in vain: what it waits for has ended. An interruption is kept.
  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- what the shim says

  private void listen() {
    String why = "nobody listens to it";
    try {
      Ready first = frames.greeting();
      outbox.begin(first.input());
      outbox.allow(first.input() + first.window());
      watch.greeted();
      course.greeted(first);
      while (hear(frames.next())) {}
      why = "it has ended";
    } catch (BrokenProtocolException e) {
      why = "it broke the protocol: " + e.getMessage();
    } catch (EOFException _) {
      why = "its stream ended";
    } catch (IOException e) {
      why = "its stream broke: " + e;
    } finally {
      over(why);
    }
  }

  /// False if that was the last it says.
  private boolean hear(Said said) throws BrokenProtocolException {
    switch (said) {
      case Said.Greeted(Ready again) -> { // a later HELLO's, or several of the first
        if (again.input() > outbox.given()) {
          throw new BrokenProtocolException("more input than it was sent");
        }
        outbox.allow(again.input() + again.window());
      }
      case Said.Started() -> started();
      case Said.Wrote wrote -> deliver(wrote);
      case Said.Credit(long bytes) -> outbox.allowMore(bytes);
      case Said.Pong() -> {} // that it was heard is all that counts
      case Said.Failed reason -> {
        course.failed(reason);
        return false;
      }
      case Said.Over(Exit last) -> {
        course.exited(last, told());
        return false;
      }
    }
    return true;
  }

  private void started() throws BrokenProtocolException {
    if (course.started()) { // what was said while it knew of no workload went unheard
      outbox.urge(Frame.signal(SIGKILL));
    }
    Service serving = serving();
    watch.time(serving.time());
    serving.feeder().start();
  }

  private void deliver(Said.Wrote wrote) throws BrokenProtocolException {
    if (!course.wrote()) {
      return;
    }
    Service serving = serving();
    Sink sink = wrote.err() ? serving.err() : serving.out();
    try {
      sink.take(wrote.offset(), wrote.bytes());
    } catch (BrokenProtocolException e) {
      throw e;
    } catch (OutputExceededException _) {
      refuse(sink, new Outcome.Exceeded(Limit.OUTPUT));
    } catch (IOException e) {
      refuse(sink, new Outcome.Lost("what it wrote could not be delivered: " + e.getMessage()));
    }
  }

  private Service serving() {
    Service serving = service.get();
    if (serving == null) {
      throw new IllegalStateException("what runs is served");
    }
    return serving;
  }

  /// Ends the workload whose output isn't taken; its other stream is.
  private void refuse(Sink sink, Outcome why) {
    sink.discard();
    if (course.decide(why)) {
      outbox.urge(Frame.signal(SIGKILL));
    }
  }

  /// Ends the other threads, then tells how it ended.
  private void over(String why) {
    course.leave();
    lose(why);
    watch.end();
    Service serving = service.get();
    if (serving != null) {
      serving.feeder().interrupt();
      join(serving.feeder());
    }
    join(writer);
    join(watcher);
    course.end();
  }

  // ---- what it is told

  private void write() {
    try {
      outbox.write();
    } catch (IOException e) {
      lose("it could not be told any more: " + e.getMessage());
    } catch (InterruptedException e) { // nobody does that
      throw new IllegalStateException(e);
    }
  }

  private void feed(InputStream in) {
    byte[] piece = new byte[PIECE];
    try {
      if (ready().inputEnded() || outbox.room() == 0) {
        return;
      }
      in.skipNBytes(ready().input());
      for (long room = outbox.room(); room > 0; room = outbox.room()) {
        int n = in.read(piece, 0, (int) Math.min(room, piece.length));
        if (n < 0) {
          outbox.give(Frame.of(Frame.STDIN_EOF), 0);
          return;
        }
        outbox.give(Frame.input(piece, n), n);
      }
    } catch (InterruptedException _) {
      // The run is over: nobody wants its input any more, and this thread ends.
    } catch (IOException e) {
      end(new Outcome.Lost("its input could not be read: " + e.getMessage()));
    }
  }

  /// Ends what goes on although its time is up, because nobody takes what it wrote.
  private void endIfStalled() {
    Service serving = serving();
    if (serving.out().isWriting() || serving.err().isWriting()) {
      end(new Outcome.Exceeded(Limit.TIME));
    }
  }

  private void keepWatch() {
    try {
      if (!watch.keep(this::endIfStalled)) {
        lose("it has been silent for " + pace.silence());
      }
    } catch (InterruptedException e) { // nobody does that
      throw new IllegalStateException(e);
    }
  }
}
