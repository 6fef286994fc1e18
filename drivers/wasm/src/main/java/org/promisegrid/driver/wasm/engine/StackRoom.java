package org.promisegrid.driver.wasm.engine;

/// Finds out whether a thread's stack has room for the host's own work.
///
/// A workload chooses how deep it calls, so it can make a [StackOverflowError] strike wherever it
/// likes; struck inside a lock or a stream, the host would be left half way.
final class StackRoom {

  /// At 32 bytes a compiled frame 16 KiB, which is more than any stream or lock of ours takes.
  /// Where the JVM still interprets, frames are larger, and so is the probe's own.
  private static final int FRAMES = 512;

  private StackRoom() {}

  /// @throws StackOverflowError if there is too little
  static void ensure() {
    if (descend(FRAMES) != FRAMES) {
      throw new AssertionError("a probe comes back from where it went");
    }
  }

  private static int descend(int frames) {
    return frames == 0 ? 0 : descend(frames - 1) + 1;
  }
}
