package org.promisegrid.sandbox.service;

import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.SandboxId;

/// A service's sandbox as its target tells of it.
///
/// @param source what it was made from: [ServiceSpec#source]
public record FoundService(
    SandboxId id, ServicePlace place, long generation, Cid source, ServiceState state) {}
