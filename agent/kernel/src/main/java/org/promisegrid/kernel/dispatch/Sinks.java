package org.promisegrid.kernel.dispatch;

import java.io.IOException;
import java.io.OutputStream;

/// Where a run's output goes while it is written. The caller owns and closes the streams; limits
/// are applied before bytes reach them. A stream that is interrupted while it blocks throws an
/// [java.io.InterruptedIOException]: any other failure ends the run and is thrown by
/// [Dispatch#run].
public interface Sinks {

  /// Receives standard output, as much as the limits allow.
  OutputStream out();

  /// Receives standard error, as much as the limits allow.
  OutputStream log();

  /// Forgets all that was written: contact was lost, and the run begins again elsewhere. [#out] and
  /// [#log] are asked for anew.
  void restart() throws IOException;
}
