package org.promisegrid.kernel.dispatch;

/// What one call is expected to take on one target; times in nanoseconds, sizes in bytes.
///
/// @param setup from the order to the workload's first instruction
/// @param run from there to its end
/// @param cpu processor time
/// @param memory held from the order to the end
/// @param moved brought to the target first
/// @param queued waiting for a place on the target
/// @param kept the probability that the promise is kept, in millionths, at least one
/// @param basis what setup, run, cpu and memory rest on
record Estimate(
    long setup, long run, long cpu, long memory, long moved, long queued, int kept, Basis basis) {

  /// With the input that has to travel too, and the time to wait for a place.
  Estimate with(long input, long queue) {
    return new Estimate(
        setup, run, cpu, memory, Exact.add(moved, input), Exact.add(queued, queue), kept, basis);
  }

  /// From now to the end.
  long total() {
    return Exact.add(queued, Exact.add(setup, run));
  }
}
