package org.promisegrid.shim;

import java.nio.ByteBuffer;

/// One frame of a shim's, as it is understood.
sealed interface Said {

  record Greeted(Ready ready) implements Said {}

  record Started() implements Said {}

  record Failed(int errno, String text) implements Said {}

  /// A piece of output.
  ///
  /// @param err whether it was written to the errors
  /// @param bytes good until the next frame is read
  record Wrote(boolean err, long offset, ByteBuffer bytes) implements Said {}

  record Credit(long bytes) implements Said {}

  record Pong() implements Said {}

  record Over(Exit exit) implements Said {}
}
