package org.promisegrid.sandbox.service;

import org.promisegrid.sandbox.SandboxId;

/// The sandbox of one replica of a service. Safe for many threads at once.
public interface Service {

  SandboxId id();

  /// Created, running, or ended; told from the target.
  ///
  /// @throws org.promisegrid.sandbox.DriverException `UNAVAILABLE` if the target can't be asked
  ServiceState state() throws InterruptedException;

  /// Starts the workload and returns once it runs; again after it has ended. Files and secrets are
  /// as the spec says each time.
  ///
  /// @throws org.promisegrid.sandbox.DriverException `CONFLICT` if it runs, or a port is taken;
  ///   `UNSUPPORTED` if the program can't be executed, and why; any other kind
  void start() throws InterruptedException;

  /// Waits until it doesn't run, and tells how it ended; at once if it doesn't.
  ///
  /// @throws org.promisegrid.sandbox.DriverException `UNAVAILABLE` if the target goes away
  ///   meanwhile: it may run on
  ServiceExit await() throws InterruptedException;

  /// Sends the spec's signal, and ends the workload once the spec's grace has passed. Returns when
  /// it has ended; at once if it doesn't run.
  void stop() throws InterruptedException;

  /// Sends a signal, by name (`SIGHUP`); nothing happens if it doesn't run.
  void signal(String signal) throws InterruptedException;

  /// What it wrote, that is kept, in order. The caller closes.
  ServiceLog logs(LogRange range) throws InterruptedException;

  /// Runs a program beside the workload, with the same file system, network and limits. The caller
  /// closes.
  ///
  /// @throws org.promisegrid.sandbox.DriverException `CONFLICT` if the service doesn't run,
  ///   `UNSUPPORTED` if the program can't be executed
  Execution exec(ExecSpec spec) throws InterruptedException;

  /// What it uses now.
  ///
  /// @throws org.promisegrid.sandbox.DriverException `CONFLICT` if it doesn't run
  ServiceStats stats() throws InterruptedException;

  /// Ends it at once if it runs, and removes it with all but its volumes. Idempotent.
  void remove() throws InterruptedException;
}
