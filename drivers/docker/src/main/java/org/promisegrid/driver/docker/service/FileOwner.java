package org.promisegrid.driver.docker.service;

import java.util.Optional;
import java.util.regex.Pattern;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// Whose the files are that a service is given: its user's, by the numbers that the engine will
/// find for it, so that it can read what nobody else can.
record FileOwner(long user, long group) {

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,10}");

  /// Reads a file of the container, empty if it has none.
  @FunctionalInterface
  interface Looking {
    String text(String path) throws InterruptedException;
  }

  /// Finds it.
  ///
  /// @param named as an engine takes it: `1000`, `1000:1000`, `www-data:adm`; nothing is root
  /// @throws DriverException `UNSUPPORTED` if nobody is called so
  static FileOwner of(String named, Looking container) throws InterruptedException {
    String[] parts = named.split(":", 2);
    String user = parts[0].isEmpty() ? "0" : parts[0];
    Optional<String[]> line = Optional.empty();
    if (!isNumber(user)) {
      line = line(container.text("/etc/passwd"), user, 4);
      if (line.isEmpty()) {
        throw new DriverException(Kind.UNSUPPORTED, "the image knows no user " + user);
      }
    }
    long uid = Long.parseLong(line.map(it -> it[2]).orElse(user));
    String group = parts.length == 2 ? parts[1] : line.map(it -> it[3]).orElse("0");
    if (isNumber(group)) {
      return new FileOwner(uid, Long.parseLong(group));
    }
    String[] found =
        line(container.text("/etc/group"), group, 3)
            .orElseThrow(
                () -> new DriverException(Kind.UNSUPPORTED, "the image knows no group " + group));
    return new FileOwner(uid, Long.parseLong(found[2]));
  }

  private static boolean isNumber(String text) {
    return NUMBER.matcher(text).matches();
  }

  /// The line of a name in such a file, whose numbers are some.
  ///
  /// @param numbers up to which part it has numbers, from the third on
  private static Optional<String[]> line(String file, String name, int numbers) {
    return file.lines()
        .map(line -> line.split(":", -1))
        .filter(parts -> parts.length >= numbers && parts[0].equals(name))
        .filter(parts -> isNumber(parts[2]) && isNumber(parts[numbers - 1]))
        .findFirst();
  }

  /// Reads what [#toString] wrote.
  static FileOwner parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 2 || !isNumber(parts[0]) || !isNumber(parts[1])) {
      throw new DriverException(Kind.BROKEN, "a label that isn't ours: " + text);
    }
    return new FileOwner(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
  }

  @Override
  public String toString() {
    return user + ":" + group;
  }
}
