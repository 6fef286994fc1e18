package org.promisegrid.sandbox;

import java.time.Duration;

/// What one call is expected to take, before anything is known of it. Shipped by the driver,
/// replaced by what the agent measures.
///
/// @param setup from the order to the workload's first instruction
/// @param run processor time of a small workload
/// @param memory bytes held while it runs, besides the workload's own
/// @param moved bytes that must be brought to the target first
public record Expectation(Duration setup, Duration run, long memory, long moved) {}
