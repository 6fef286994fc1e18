package org.promisegrid.sandbox;

import java.util.List;
import java.util.Set;

/// A driver whose target keeps what it was brought for later calls and services: images, mostly.
///
/// Nothing goes that any sandbox on the target has, running or not, whoever made it; that the
/// target had before, or that somebody there has given a name; that another node uses; that is
/// needed; or that was used within a time which the owner sets. Whoever wants what has gone has it
/// brought again: a call that begins meanwhile waits for that at most.
public interface Images extends Power {

  /// What this node has brought.
  ///
  /// @param code of the [Form] that it was brought for
  /// @param bytes it takes on the target, or about so many
  /// @param goes whether a collection would remove it now
  record Brought(Cid code, long bytes, boolean goes) {}

  /// What this node has brought and is there still, whichever process did.
  ///
  /// @param needed code that somebody wants, whether anything is made of it now or not
  List<Brought> images(Set<Cid> needed) throws InterruptedException;

  /// Removes what may go. Killed in between, what is gone is gone, and the rest is known still.
  ///
  /// @param needed as for [#images]
  /// @return what is gone
  List<Brought> collect(Set<Cid> needed) throws InterruptedException;
}
