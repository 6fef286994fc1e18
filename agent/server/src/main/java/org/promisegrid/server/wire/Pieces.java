package org.promisegrid.server.wire;

import java.io.IOException;
import java.io.InputStream;

/// Reads content piece by piece, and tells the agent's owner where it is damaged: the caller only
/// sees a connection that was cut off.
public final class Pieces {

  private static final System.Logger LOG = System.getLogger(Pieces.class.getName());

  private Pieces() {}

  /// Fills `piece`, or reads what is left.
  ///
  /// @return how many bytes; 0 if they can't be had: what was promised isn't all there
  public static int read(InputStream bytes, byte[] piece, long left, Visit visit) {
    try {
      return bytes.readNBytes(piece, 0, (int) Math.min(piece.length, left));
    } catch (IOException e) {
      // Whoever leaves interrupts the reading.
      System.Logger.Level level =
          visit.isOver() ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING;
      LOG.log(level, "content was cut off: {0}", e.getMessage());
      return 0;
    }
  }
}
