package org.promisegrid.sandbox;

/// A sandbox as its target tells of it.
public record Found(SandboxId id, State state) {}
