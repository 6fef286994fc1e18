package org.promisegrid.kernel.dispatch;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;

/// Tells a stream that failed from one that was left because the run was ended.
final class Interruptions {

  private Interruptions() {}

  static boolean are(IOException e) {
    return e instanceof InterruptedIOException || e instanceof ClosedByInterruptException;
  }
}
