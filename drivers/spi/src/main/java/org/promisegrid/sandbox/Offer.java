package org.promisegrid.sandbox;

import java.time.Instant;

/// A target's promise, about itself, to honour one call of a spec until a time.
///
/// @param warm whether what the call needs is ready; cold and warm are two offers
/// @param isolation what it gives, at least what was asked
/// @param expected what it expects to take
/// @param until when the promise ends
public record Offer(boolean warm, Isolation isolation, Expectation expected, Instant until) {}
