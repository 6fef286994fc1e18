package org.promisegrid.sandbox.service;

import java.time.Duration;

/// What a service uses; zero where a target can't tell.
///
/// @param processor time since its start
/// @param memory bytes held now
/// @param memoryLimit bytes it may hold; 0 for no limit of its own
/// @param processes processes and threads now
/// @param received bytes from its networks since its start
/// @param sent bytes to them
/// @param read bytes from disks since its start
/// @param written bytes to them
public record ServiceStats(
    Duration processor,
    long memory,
    long memoryLimit,
    int processes,
    long received,
    long sent,
    long read,
    long written) {}
