package org.promisegrid.sandbox;

import java.util.Optional;

/// Something a driver noticed that an operator would want to see.
///
/// @param kind what happened
/// @param detail one line for a person
/// @param code of the [Form] that it is about, where it is about one
public record SandboxEvent(Kind kind, String detail, Optional<Cid> code) {

  /// One that is about no code, or about code that nobody waits for.
  public SandboxEvent(Kind kind, String detail) {
    this(kind, detail, Optional.empty());
  }

  /// What happened.
  public enum Kind {
    /// The target's fitness is no longer what the last probe said.
    FITNESS_CHANGED,
    /// Work ahead of calls is done, see [Prepare].
    PREPARED,
    /// How far code is on its way to the target, for whoever waits for it. Told when there is
    /// something new, and so often at most as a person would read it.
    BRINGING,
    /// Something that the node brought was removed, see [Images].
    REMOVED
  }
}
