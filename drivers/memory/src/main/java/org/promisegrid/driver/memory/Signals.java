package org.promisegrid.driver.memory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What one run of a service does with the signals that it is sent.
final class Signals implements Workload.Signals {

  /// Those that end a process which does nothing about it, as POSIX numbers them.
  private static final Map<String, Integer> FATAL =
      Map.of("HUP", 1, "INT", 2, "QUIT", 3, "USR1", 10, "USR2", 12, "ALRM", 14, "TERM", 15);

  private final Set<String> taken = new HashSet<>();
  private final Set<String> ignored = new HashSet<>();
  private final Deque<String> heard = new ArrayDeque<>();

  /// @param name without `SIG`
  /// @param number 0 if it ends nobody
  record Signal(String name, int number) {}

  /// A signal by its name, with `SIG` or without.
  static Signal of(String name) {
    String bare = name.startsWith("SIG") ? name.substring(3) : name;
    return new Signal(bare, FATAL.getOrDefault(bare, 0));
  }

  /// Tells the workload, if it takes that signal.
  ///
  /// @return whether that is all that happens; false if it is to end
  synchronized boolean send(Signal signal) {
    if (taken.contains(signal.name())) {
      heard.add(signal.name());
      notifyAll();
      return true;
    }
    return signal.number() == 0 || ignored.contains(signal.name());
  }

  @Override
  public synchronized void take(String name) {
    ignored.remove(name);
    taken.add(name);
  }

  @Override
  public synchronized void ignore(String name) {
    taken.remove(name);
    ignored.add(name);
  }

  @Override
  public synchronized String next() throws InterruptedException {
    while (heard.isEmpty()) {
      wait();
    }
    return heard.remove();
  }
}
