package org.promisegrid.shim;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a shim is to run, and how.
///
/// @param arguments the program's name first; it is looked for in the folders of `PATH` in
///   `environment` unless it has a slash
/// @param environment all the variables that it gets
/// @param directory where it runs; where the shim does if empty
/// @param spool where its output is kept; nowhere if empty
/// @param secrets files that are there when it begins
/// @param user whom it runs as; the shim's own user if empty
/// @param terminal its terminal; three streams if empty
/// @param lease how long the agent may be silent before it is as good as gone; zero for as long as
///   it likes
/// @param bounds the most that it may use
public record Command(
    List<String> arguments,
    Map<String, String> environment,
    Optional<String> directory,
    Optional<Spool> spool,
    List<SecretFile> secrets,
    Optional<User> user,
    Optional<Terminal> terminal,
    Duration lease,
    Bounds bounds) {

  /// Whom a program runs as, in numbers of the system the shim runs on.
  public record User(int uid, int gid) {}

  /// Size of a terminal.
  public record Terminal(int rows, int columns) {}

  /// A folder that only the shim can write, see the document `shim`.
  ///
  /// @param outlives whether the workload goes on when the agent is gone
  public record Spool(String folder, boolean outlives) {}

  /// Limits; what is zero isn't limited.
  ///
  /// @param time by the clock
  /// @param cpu rounded up to seconds
  /// @param output bytes of output, crossing it ends the run
  /// @param errors bytes of errors, what is beyond is discarded
  /// @param file bytes of the largest file
  /// @param files that are open
  /// @param processes of its user
  public record Bounds(
      Duration time, Duration cpu, long output, long errors, long file, int files, int processes) {

    /// No limit.
    public static final Bounds NONE = new Bounds(Duration.ZERO, Duration.ZERO, 0, 0, 0, 0, 0);

    /// Only a limit of time, and of what it writes.
    public static Bounds of(Duration time, long output, long errors) {
      return new Bounds(time, Duration.ZERO, output, errors, 0, 0, 0);
    }

    /// @throws IllegalArgumentException if one is negative
    public Bounds {
      if (time.isNegative() || cpu.isNegative()) {
        throw new IllegalArgumentException("a limit of time isn't negative");
      }
      if (output < 0 || errors < 0 || file < 0 || files < 0 || processes < 0) {
        throw new IllegalArgumentException("a limit isn't negative");
      }
    }
  }

  /// @throws IllegalArgumentException if the protocol can't carry it: nothing to be run, a zero
  ///   byte in a word, too many or too long words
  public Command {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    secrets = List.copyOf(secrets);
    Words.check(arguments, environment, directory, spool);
    Set<String> paths = new HashSet<>();
    for (SecretFile secret : secrets) {
      Words.checkPath(secret.path());
      if (!paths.add(secret.path())) {
        throw new IllegalArgumentException("two secrets at " + secret.path());
      }
    }
    if (lease.isNegative()) {
      throw new IllegalArgumentException("a lease isn't negative");
    }
  }

  /// A program with its arguments and nothing else.
  public static Command of(List<String> arguments) {
    return new Command(
        arguments,
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Duration.ZERO,
        Bounds.NONE);
  }

  /// This, with these variables.
  public Command withEnvironment(Map<String, String> variables) {
    return new Command(
        arguments, variables, directory, spool, secrets, user, terminal, lease, bounds);
  }

  /// This, in that folder.
  public Command in(String folder) {
    return new Command(
        arguments, environment, Optional.of(folder), spool, secrets, user, terminal, lease, bounds);
  }

  /// This, with a spool.
  public Command spooled(String folder, boolean outlives) {
    return new Command(
        arguments,
        environment,
        directory,
        Optional.of(new Spool(folder, outlives)),
        secrets,
        user,
        terminal,
        lease,
        bounds);
  }

  /// This, with these secrets.
  public Command withSecrets(List<SecretFile> files) {
    return new Command(
        arguments, environment, directory, spool, files, user, terminal, lease, bounds);
  }

  /// This, run as that user.
  public Command as(User whom) {
    return new Command(
        arguments,
        environment,
        directory,
        spool,
        secrets,
        Optional.of(whom),
        terminal,
        lease,
        bounds);
  }

  /// This, on a terminal.
  public Command on(Terminal size) {
    return new Command(
        arguments, environment, directory, spool, secrets, user, Optional.of(size), lease, bounds);
  }

  /// This, with a lease.
  public Command leased(Duration most) {
    return new Command(
        arguments, environment, directory, spool, secrets, user, terminal, most, bounds);
  }

  /// This, within limits.
  public Command within(Bounds most) {
    return new Command(
        arguments, environment, directory, spool, secrets, user, terminal, lease, most);
  }
}
