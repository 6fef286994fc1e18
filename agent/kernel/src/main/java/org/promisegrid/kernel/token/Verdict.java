package org.promisegrid.kernel.token;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// Whether a call may be honoured. The checks are made in this order, and the first that fails
/// decides:
///
/// 1. [Unauthorized]: the chain's shape, its root and linkage, its signatures from the root down,
///    the caller's signature on the call, the times ([Verifier#verify]);
/// 2. [Revoked]: any link ([Verifier#verify]);
/// 3. [NotCovered]: the function ([Authority#refusal]);
/// 4. [Refused]: bound parameters, then conditions ([Authority#refusal]);
/// 5. [Exhausted]: uses, which are taken last, so that a call refused for anything else costs none
///    ([Verifier#take]).
///
/// So a stranger, who has no token of this node or can't sign for the one they captured, learns
/// nothing: all of step 1 gets one answer. That a token was revoked is told only to who could have
/// used it. Steps 3 and 4 look at the call and the token, never at what exists on the node.
public sealed interface Verdict {

  /// It may, as far as was looked.
  ///
  /// @param until when this call's proof ends: at its signature's end, or where there is none, or
  ///   earlier, its token's. Empty only if neither ends
  record Granted(Authority authority, Optional<Instant> until) implements Verdict {}

  /// It may not. Reasons are for the log of the node's owner and, where the type says so, for the
  /// caller.
  sealed interface Refusal extends Verdict {}

  /// The caller proved nothing: all these are told apart in the log only.
  record Unauthorized(String reason) implements Refusal {}

  /// What the caller holds was good until `token`, it or one above it, was revoked: the caller is
  /// told.
  record Revoked(Cid token) implements Refusal {}

  /// The token is good, but not for this function. To the caller the function is *absent*.
  record NotCovered(String reason) implements Refusal {}

  /// The token is good for this function, but not so called. The caller, who holds the token, is
  /// told the reason.
  record Refused(String reason) implements Refusal {}

  /// The token's uses are spent.
  ///
  /// @param token the link whose limit it was
  /// @param retryAfter when the next use is there; empty: never
  record Exhausted(Cid token, Optional<Duration> retryAfter) implements Refusal {}
}
