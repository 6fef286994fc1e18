package org.promisegrid.kernel.stack;

import java.time.Instant;

/// How the health of one start of a service is found out, and how it stands.
final class Checking {

  /// What is known of it.
  enum Standing {
    STARTING,
    HEALTHY,
    UNHEALTHY
  }

  final Health health;
  private final Instant since;
  private int failed;
  Standing standing = Standing.STARTING;

  /// @param since it runs
  Checking(Health health, Instant since) {
    this.health = health;
    this.since = since;
  }

  /// Whether one try, which ended at `now`, changes how it stands.
  boolean tried(boolean good, Instant now) {
    Standing before = standing;
    if (good) {
      failed = 0;
      standing = Standing.HEALTHY;
    } else if (before != Standing.STARTING || !now.isBefore(since.plus(health.within()))) {
      failed++;
      if (failed >= health.retries()) {
        standing = Standing.UNHEALTHY;
      }
    }
    return before != standing;
  }
}
