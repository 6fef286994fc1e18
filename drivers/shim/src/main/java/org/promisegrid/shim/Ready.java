package org.promisegrid.shim;

/// What a shim said of itself when it was greeted.
///
/// @param window how much input it has room for
/// @param inputEnded whether it was told that there is no more input
/// @param input bytes of input it has received
/// @param out bytes of output there are
/// @param err bytes of errors there are
public record Ready(long window, State state, boolean inputEnded, long input, long out, long err) {

  /// Where a shim is in its life.
  public enum State {
    /// It was told to run nothing yet.
    FRESH,
    RUNNING,
    ENDED
  }
}
