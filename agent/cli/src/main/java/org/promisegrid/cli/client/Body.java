package org.promisegrid.cli.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Raw bytes that follow a call.
///
/// @param opener opens them from their beginning
record Body(long size, Source.Opener opener) {

  private static final int PIECE = 256 << 10;

  /// Writes exactly as many bytes as were announced.
  void send(OutputStream out) throws IOException {
    try (InputStream in = opener.open()) {
      byte[] piece = new byte[(int) Math.min(PIECE, Math.max(size, 1))];
      long left = size;
      while (left > 0) {
        int got = in.read(piece, 0, (int) Math.min(piece.length, left));
        if (got < 0) {
          throw Source.changed();
        }
        out.write(piece, 0, got);
        left -= got;
      }
    }
  }
}
