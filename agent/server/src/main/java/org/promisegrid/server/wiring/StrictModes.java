package org.promisegrid.server.wiring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whether a file is the owner's own: what the agent runs from it, it runs with all of its power.
final class StrictModes {

  private static final int OTHERS_WRITE = 0022;
  private static final int STICKY = 01000;
  private static final int ROOT = 0;

  private StrictModes() {}

  /// Who besides root and this agent's user could change `file`, or put another in its place: empty
  /// if nobody. A folder that others may write does no harm if it is sticky and what is in it isn't
  /// theirs.
  static Optional<String> whoElse(Path file) throws IOException {
    int self = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    boolean contained = false;
    for (Path at = file.toRealPath(); at != null; at = at.getParent()) {
      int owner = (int) Files.getAttribute(at, "unix:uid");
      int mode = (int) Files.getAttribute(at, "unix:mode");
      if (owner != ROOT && owner != self) {
        return Optional.of(at + " belongs to another user");
      }
      if ((mode & OTHERS_WRITE) != 0 && !(contained && (mode & STICKY) != 0)) {
        return Optional.of(
            at + " can be written by others: mode " + Integer.toOctalString(mode & 07777));
      }
      contained = true;
    }
    return Optional.empty();
  }
}
