package org.promisegrid.kernel;

/// Hears how a start goes on that takes long: the index is brought up to date with the journal, or
/// made anew of it.
@FunctionalInterface
public interface Starting {

  /// The journal was applied up to an offset, of all that there is of it.
  void applied(long upTo, long end);
}
