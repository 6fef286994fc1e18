package org.promisegrid.shim;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Usage;

/// What a run came to, as the shim told it, or left it in its spool.
///
/// @param signal whether a signal ended it
/// @param value that signal, or else the code it ended with
/// @param took by the clock
/// @param user processor time of its own
/// @param system processor time the system spent for it
/// @param memory the most bytes
/// @param out bytes of its output in all
/// @param err bytes of its errors in all
public record Exit(
    boolean signal,
    int value,
    Reason reason,
    Duration took,
    Duration user,
    Duration system,
    long memory,
    long out,
    long err) {

  /// Length of the body of EXIT, and of a spool's file `exit`.
  public static final int SIZE = 3 + 6 * 8;

  /// Why a run ended.
  public enum Reason {
    /// By itself, or by a signal that nobody here accounts for.
    ITS_OWN,
    TIME,
    OUTPUT,
    MEMORY,
    /// Whoever ran it was gone.
    OWNER,
    /// Its spool couldn't be written.
    SPOOL
  }

  /// Reads the body of EXIT: what a spool's file `exit` holds.
  ///
  /// @throws BrokenProtocolException if it is anything else
  public static Exit of(byte[] body) throws BrokenProtocolException {
    return of(ByteBuffer.wrap(body));
  }

  static Exit of(ByteBuffer body) throws BrokenProtocolException {
    if (body.remaining() != SIZE) {
      throw new BrokenProtocolException("an EXIT of " + body.remaining() + " bytes");
    }
    int how = Byte.toUnsignedInt(body.get());
    int value = Byte.toUnsignedInt(body.get());
    int number = Byte.toUnsignedInt(body.get());
    if (how > 1) {
      throw new BrokenProtocolException("an EXIT of kind " + how);
    }
    Reason reason =
        switch (number) {
          case 0 -> Reason.ITS_OWN;
          case 1 -> Reason.TIME;
          case 2 -> Reason.OUTPUT;
          case 3 -> Reason.MEMORY;
          case 4 -> Reason.OWNER;
          case 5 -> Reason.SPOOL;
          default -> throw new BrokenProtocolException("an EXIT for reason " + number);
        };
    return new Exit(
        how == 1,
        value,
        reason,
        micros(body),
        micros(body),
        micros(body),
        count(body),
        count(body),
        count(body));
  }

  private static Duration micros(ByteBuffer body) throws BrokenProtocolException {
    return Duration.of(count(body), ChronoUnit.MICROS);
  }

  private static long count(ByteBuffer body) throws BrokenProtocolException {
    long number = body.getLong();
    if (number < 0) {
      throw new BrokenProtocolException(Long.toUnsignedString(number) + " in an EXIT");
    }
    return number;
  }

  /// What it means to whoever called.
  public Outcome outcome() {
    return switch (reason) {
      case ITS_OWN -> signal ? new Outcome.Faulted(name(value)) : new Outcome.Exited(value);
      case TIME -> new Outcome.Exceeded(Limit.TIME);
      case OUTPUT -> new Outcome.Exceeded(Limit.OUTPUT);
      case MEMORY -> new Outcome.Exceeded(Limit.MEMORY);
      case OWNER -> new Outcome.Lost("it was ended because its agent was gone");
      case SPOOL -> new Outcome.Lost("it was ended because its output couldn't be kept");
    };
  }

  /// [#outcome], and what it used.
  public Ending ending() {
    return new Ending(outcome(), usage());
  }

  Usage usage() {
    return new Usage(user.plus(system), memory);
  }

  /// Linux's names of signals that end what breaks.
  private static String name(int signal) {
    String name =
        switch (signal) {
          case 1 -> " (SIGHUP)";
          case 2 -> " (SIGINT)";
          case 3 -> " (SIGQUIT)";
          case 4 -> " (SIGILL)";
          case 5 -> " (SIGTRAP)";
          case 6 -> " (SIGABRT)";
          case 7 -> " (SIGBUS)";
          case 8 -> " (SIGFPE)";
          case 9 -> " (SIGKILL)";
          case 11 -> " (SIGSEGV)";
          case 13 -> " (SIGPIPE)";
          case 15 -> " (SIGTERM)";
          case 24 -> " (SIGXCPU)";
          case 25 -> " (SIGXFSZ)";
          case 31 -> " (SIGSYS)";
          default -> "";
        };
    return "ended by signal " + signal + name;
  }
}
