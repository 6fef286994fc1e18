package org.promisegrid.driver.memory;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.promisegrid.sandbox.Port;

/// All that a [Program] is given.
///
/// @param arguments as the invocation has them
/// @param environment as the invocation has it
/// @param in the input
/// @param out takes the result; closing it does nothing
/// @param log takes what would be standard error; closing it does nothing
/// @param clock stands still for a pure workload
/// @param random follows from the seed for a pure workload
/// @param memory what the workload says that it holds
/// @param port its way to the grid; absent where the target has no ports
/// @param signals those that it is sent, if it is a service; absent for any other
/// @param files the secrets that fill its slots, by path; there are no others
public record Workload(
    List<String> arguments,
    Map<String, String> environment,
    InputStream in,
    OutputStream out,
    OutputStream log,
    InstantSource clock,
    RandomGenerator random,
    Memory memory,
    Optional<Port> port,
    Optional<Signals> signals,
    Map<String, byte[]> files) {

  /// The signals of a service. What a workload neither takes nor ignores ends it, by interrupting
  /// its thread, if it would end a process. Names are without `SIG`.
  public interface Signals {

    /// From now on these are the workload's to hear.
    void take(String name);

    /// From now on these do nothing.
    void ignore(String name);

    /// The next of those that it takes, in the order in which they came; waits for one.
    String next() throws InterruptedException;
  }

  /// Keeps account of a workload's memory, since Java doesn't.
  public interface Memory {

    /// Takes `bytes` more. Ends the run if that is more than its limit.
    ///
    /// @throws IllegalArgumentException if `bytes` is negative
    void allocate(long bytes);

    /// Gives `bytes` back.
    ///
    /// @throws IllegalArgumentException if `bytes` is negative or more than is held
    void free(long bytes);
  }
}
