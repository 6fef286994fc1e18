package org.promisegrid.shim;

import java.time.Duration;
import java.util.Optional;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Stdio;

/// The stream to one shim, from its greeting to its end: `greet → run → await`, or, by a process
/// that takes over, `greet → resume → await`.
///
/// It serves the workload's streams, keeps the lease and notices silence, on threads of its own that
/// have all ended when [#await] or [#close] has returned; from then on nothing touches the streams
/// any more. The line is hung up when the run has ended.
///
/// Whatever comes first decides how the run ended: EXIT, [#end], an output that throws
/// [org.promisegrid.sandbox.OutputExceededException]. A stream that ends before that, is silent too
/// long, or says what no shim says, is [Outcome.Lost].
public final class ShimConnection implements AutoCloseable {

  /// Says hello, again and again, until the shim with that key answers. What comes before that is
  /// thrown away. The line is hung up if this fails.
  ///
  /// @param within how long that may take
  /// @throws ShimException if none answered in time, or the line ended
  public static ShimConnection greet(Line line, ShimKey key, Pace pace, Duration within)
      throws InterruptedException, ShimException {
    throw new UnsupportedOperationException();
  }

  /// What it answered when it was greeted.
  public Ready ready() {
    throw new UnsupportedOperationException();
  }

  /// Whether there is still somebody at the other end, as far as is known: a warm shim that has
  /// gone can't run anything any more.
  public boolean alive() {
    throw new UnsupportedOperationException();
  }

  /// Runs it, once, and returns when it has been executed; `stdio` is served until it ends. Where
  /// contact is lost so that nobody knows whether it was executed, this returns, and [#await] says
  /// [Outcome.Lost]. Being interrupted closes the connection.
  ///
  /// @throws NotRunException if the shim couldn't run it
  /// @throws ShimException if contact was lost before it could be told to
  /// @throws IllegalStateException if this connection ran or resumed something before, or the shim
  ///   isn't [Ready.State#FRESH]
  public void run(Command command, Stdio stdio) throws InterruptedException, ShimException {
    throw new UnsupportedOperationException();
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
  public void resume(Told from, Stdio stdio) throws InterruptedException, ShimException {
    throw new UnsupportedOperationException();
  }

  /// Up to which offsets output was received.
  ///
  /// @param out in the output
  /// @param err in the errors
  public record Told(long out, long err) {

    /// From the beginning.
    public static final Told NOTHING = new Told(0, 0);
  }

  /// Up to where it has told its output.
  public Told told() {
    throw new UnsupportedOperationException();
  }

  /// Sends a signal to the workload's process group. Nothing happens if it has ended.
  public void signal(int number) throws InterruptedException {
    throw new UnsupportedOperationException();
  }

  /// Tells the terminal's new size. Nothing happens if it has ended.
  public void resize(Command.Terminal size) throws InterruptedException {
    throw new UnsupportedOperationException();
  }

  /// Asks the workload to end, and ends it once `grace` has passed: [Outcome.Stopped]. Returns when
  /// it has ended. Being interrupted meanwhile ends it at once.
  public void stop(Duration grace) throws InterruptedException {
    throw new UnsupportedOperationException();
  }

  /// Ends the workload at once, for that reason, unless something else has decided how it ended.
  /// Doesn't wait; what it wrote and nobody took is discarded.
  public void end(Outcome why) {
    throw new UnsupportedOperationException();
  }

  /// Waits for the end; by many and again. Being interrupted ends the workload: [Outcome.Stopped].
  public Ending await() throws InterruptedException {
    throw new UnsupportedOperationException();
  }

  /// What the shim told of the end; empty until then, and if contact was lost.
  public Optional<Exit> exit() {
    throw new UnsupportedOperationException();
  }

  /// Hangs up, and waits for the threads. A workload that doesn't outlive its agent ends; one that
  /// wasn't known to have ended is [Outcome.Lost] to those who wait. Idempotent.
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
