package org.promisegrid.kernel.stack;

import java.time.Duration;

/// Runs short things after a time.
@FunctionalInterface
public interface Timer {

  /// Runs `action`, which must not block, once `delay` has passed.
  void set(Duration delay, Runnable action);
}
