package org.promisegrid.server.wiring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
  ///
  /// Looked at is every folder on the way as it is named, and behind each link every folder on the
  /// way there: whoever can exchange a link chooses what is behind it.
  static Optional<String> whoElse(Path file) throws IOException {
    int self = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    return whoElse(file.toAbsolutePath(), self, false);
  }

  /// @param within whether something in `path` is what matters, and was looked at
  private static Optional<String> whoElse(Path path, int self, boolean within) throws IOException {
    boolean contained = within;
    for (Path at = path; at != null; at = at.getParent()) {
      int owner = (int) Files.getAttribute(at, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      int mode = (int) Files.getAttribute(at, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      if (owner != ROOT && owner != self) {
        return Optional.of(at + " belongs to another user");
      }
      if (Files.isSymbolicLink(at)) {
        Path behind = at.resolveSibling(Files.readSymbolicLink(at));
        Optional<String> others = whoElse(behind, self, contained);
        if (others.isPresent()) {
          return others;
        }
      } else if ((mode & OTHERS_WRITE) != 0 && !(contained && (mode & STICKY) != 0)) {
        return Optional.of(
            at + " can be written by others: mode " + Integer.toOctalString(mode & 07777));
      }
      contained = true;
    }
    return Optional.empty();
  }
}
