package org.promisegrid.driver.wasm.engine;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;
import org.promisegrid.sandbox.Invocation;

/// All that one run can reach. Its methods are called by the run's own thread; each may throw
/// [RunEndedException].
public interface Surroundings {

  Invocation invocation();

  /// Whether clock, randomness and environment are to be constant.
  boolean pure();

  /// The real time; not asked in a pure run.
  Instant now();

  InputStream in();

  OutputStream out();

  OutputStream log();

  /// Files that can be read, by absolute path: secrets that fill slots. None in a pure run.
  Map<String, byte[]> files();

  /// Sends a message through the run's port.
  byte[] ask(byte[] message) throws InterruptedException;

  /// Lets time pass; not asked in a pure run.
  void sleep(long nanoseconds) throws InterruptedException;

  /// The most bytes of memory that the run may hold.
  long memoryLimit();

  /// Accounts for memory that the run is about to hold besides what it holds already.
  ///
  /// @param used bytes the workload can use
  /// @param taken bytes of the host's memory that they take, with what is set aside for growth
  void hold(long used, long taken);

  /// Gives back memory of the host's that was taken for the run, and isn't any more.
  void release(long taken);

  /// Bytes of the host's memory that could be taken at the moment.
  long free();
}
