package org.promisegrid.tck;

/// What the suite runs. Each is a filter: arguments in, input on standard input, result on standard
/// output, an exit code, standard error as its log. Where nothing else is said it exits 0.
///
/// A driver's test builds each for its own kind of [org.promisegrid.sandbox.Form]; the C sources in
/// `drivers/tck/programs` need no more than plain POSIX.
public enum TestProgram {
  /// Copies its input to its output.
  ECHO,
  /// Exits with the code that its first argument names.
  EXIT,
  /// Writes each argument, followed by one NUL byte.
  ARGUMENTS,
  /// Writes each variable as `NAME=value`, sorted, each followed by one NUL byte.
  ENVIRONMENT,
  /// Writes the realtime and the monotonic clock in nanoseconds, decimal, a line each.
  CLOCK,
  /// Writes as many bytes of the system's randomness as its first argument says.
  RANDOM,
  /// Loops for ever and touches nothing.
  SPIN,
  /// Allocates as many bytes as its first argument says, in pieces of 64 KiB, touches each page,
  /// then writes `ok` and a newline.
  ALLOCATE,
  /// Writes as many bytes as its first argument says; see [#flood].
  FLOOD,
  /// Writes its first argument and a newline to its log as often as its second argument says, then
  /// `done` and a newline to its output.
  LOG,
  /// Writes `before` and a newline to its output, flushes, and breaks: a trap, a fatal signal.
  FAULT,
  /// Tries to list `/` and `.`, to open `/etc/passwd`, to create `/grid-was-here` and
  /// `./grid-was-here`; writes a line for each thing that succeeded.
  FILES,
  /// Reads its input to the end.
  WAIT,
  /// Copies the file that its first argument names to its output; exits 1 if it can't be opened or
  /// read. Built only for drivers with the trait [org.promisegrid.sandbox.Trait#SECRET_SLOTS].
  READ,
  /// Sends its whole input as one message through its port and writes the answer. Built only for
  /// drivers with the trait [org.promisegrid.sandbox.Trait#PORT].
  ASK;

  /// What [#FLOOD] writes: byte i is (i * 131 + 7) mod 256.
  public static byte[] flood(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 131 + 7);
    }
    return bytes;
  }
}
