package org.promisegrid.sandbox;

/// Something a driver noticed that an operator would want to see.
///
/// @param kind what happened
/// @param detail one line for a person
public record SandboxEvent(Kind kind, String detail) {

  /// What happened.
  public enum Kind {
    /// The target's fitness is no longer what the last probe said.
    FITNESS_CHANGED,
    /// Work ahead of calls is done, see [Prepare].
    PREPARED
  }
}
