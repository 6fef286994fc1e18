package org.promisegrid.sandbox;

/// Which part of a workload's log is wanted.
///
/// @param offset first byte, counted from the start of the run
/// @param follow whether to wait for more until the run ends
public record LogQuery(long offset, boolean follow) {

  public LogQuery {
    if (offset < 0) {
      throw new IllegalArgumentException("an offset isn't negative");
    }
  }
}
