package org.promisegrid.sandbox.service;

import java.time.Instant;

/// How a service's workload ended.
///
/// @param code its exit code; 128 and the number of a signal that ended it
/// @param memory the system ended it, or one of its processes, for want of memory
/// @param started by the target's clock
/// @param ended by the target's clock
public record ServiceExit(int code, boolean memory, Instant started, Instant ended) {}
