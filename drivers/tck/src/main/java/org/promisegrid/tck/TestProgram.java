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
  ASK,
  /// A service: does the steps that its arguments say, one after the other, and exits 0 after the
  /// last. Each line that it writes is flushed. Built only for drivers with the trait
  /// [org.promisegrid.sandbox.Trait#SERVICES].
  ///
  /// - `out TEXT`, `err TEXT` write a line; `bytes` writes each of the 256 and a newline; `flood
  ///   LINES` writes as many lines of 64 bytes, which are numbered
  /// - `exit CODE`; `fault` breaks; `hold` waits for ever; `pause` waits for SIGUSR1, which may
  ///   have come before
  /// - `on SIGNAL CODE` exits when that comes (`TERM`, `INT`, `HUP`, `QUIT`, `USR2`); `ignore
  ///   SIGNAL`
  /// - `env NAME` writes its value or `(none)`; `id` writes `UID:GID`; `directory` where it is
  /// - `read PATH` copies the file and a newline, or writes `can't read PATH`; `mode PATH` writes
  ///   `0444 UID:GID`, or `no PATH`; `write PATH TEXT` says `wrote PATH`, or `can't write PATH`
  /// - `listen PORT TEXT` goes on, and from then on writes that to whoever connects; `ask HOST
  ///   PORT` connects, and writes what comes and a newline, or `can't resolve HOST`, `can't reach
  ///   HOST`; `names HOST` writes `HOST has N`, of addresses
  /// - `allocate BYTES` takes and touches them, and writes `ok`
  /// - `echo` copies its input to its output; `terminal` writes `terminal of R rows, C columns`, or
  ///   `no terminal`; `rows R` waits until its terminal has as many, then does the same
  SERVE;

  /// What [#FLOOD] writes: byte i is (i * 131 + 7) mod 256.
  public static byte[] flood(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 131 + 7);
    }
    return bytes;
  }
}
