package org.promisegrid.kernel.dispatch;

import java.time.Duration;

/// What one run took, as observed.
///
/// @param setup from the order to the workload's start
/// @param run from its start to its end
/// @param cpu processor time; as long as `run` where the driver can't tell
/// @param memory the most bytes the workload held
record Took(long setup, long run, long cpu, long memory) {

  static Took of(Duration setup, Duration run, Duration cpu, long memory) {
    long ran = Exact.nanos(run);
    long used = Exact.nanos(cpu);
    return new Took(Exact.nanos(setup), ran, used == 0 ? ran : used, Math.max(0, memory));
  }
}
