package org.promisegrid.sandbox;

import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;

/// A place where one workload runs, cut off from the host and from other sandboxes.
public interface Sandbox extends AutoCloseable {

  SandboxId id();

  /// Created, running, or ended with its outcome.
  State state() throws InterruptedException;

  /// Starts the workload, once, and returns; the streams are served until it ends. A slow reader of
  /// `stdio` slows the workload.
  ///
  /// @throws DriverException `CONFLICT` if it was started before; any other kind means that nothing
  ///   of the workload has executed
  void start(Invocation invocation, Stdio stdio, Port port) throws InterruptedException;

  /// Waits for the end; also after [SandboxDriver#adopt], in another process. Everything that the
  /// workload wrote has reached `stdio` when it returns. May be called by many and again.
  Ending await() throws InterruptedException;

  /// Asks the workload to end, and ends it once `grace` has passed. Nothing happens if it has
  /// ended. Being interrupted meanwhile ends it at once.
  void stop(Duration grace) throws InterruptedException;

  /// What it wrote to its log, from an offset; follows while it runs if asked to. The caller
  /// closes.
  InputStream logs(LogQuery query) throws InterruptedException;

  /// An optional power; present exactly when its trait is.
  <P extends Power> Optional<P> power(Class<P> type);

  /// Destroys the sandbox and all it held, ending the workload if it runs. Idempotent.
  @Override
  void close();
}
