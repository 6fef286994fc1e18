package org.promisegrid.sandbox;

/// How a run ended and what it used.
public record Ending(Outcome outcome, Usage usage) {}
