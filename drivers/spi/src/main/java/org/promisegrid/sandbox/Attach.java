package org.promisegrid.sandbox;

/// A sandbox that keeps what its workload writes, so that the process that adopts it takes its
/// streams up.
public interface Attach extends Power {

  /// Takes up the streams of a workload that another process started, once, and returns; they are
  /// served until it ends, or told to their ends if it has. `in` is the whole input, from its
  /// beginning: what the workload has received is passed over. `out` and `log` receive all that it
  /// wrote, from its beginning, before [Sandbox#await] returns.
  ///
  /// @throws DriverException `CONFLICT` if nothing was started, or this process has its streams
  ///   already
  void attach(Stdio stdio) throws InterruptedException;
}
