package org.promisegrid.sandbox;

/// A sandbox that can say what it has used so far.
public interface Stats extends Power {

  /// Use until now; of an ended sandbox, in all.
  Usage usage() throws InterruptedException;
}
