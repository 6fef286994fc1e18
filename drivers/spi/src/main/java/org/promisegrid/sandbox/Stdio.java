package org.promisegrid.sandbox;

import java.io.InputStream;
import java.io.OutputStream;

/// A workload's three streams, as the agent holds them. The driver reads `in` and writes `out` and
/// `log`, blocking; it closes none of them.
///
/// `out` throws [OutputExceededException] once [Limits#output] is crossed: the driver ends the
/// workload and tells `Exceeded(OUTPUT)`. `log` never throws for its size: it discards.
///
/// Each may block. A thread that is interrupted in one gets an [java.io.InterruptedIOException] and
/// stays interrupted, so that ending a run never hangs in a stream. Once [Sandbox#await] or
/// [Sandbox#close] has returned, the driver uses none of them any more.
///
/// @param in the complete input; its end is the input's end
/// @param out receives the result; a slow reader behind it slows the workload
/// @param log receives standard error
public record Stdio(InputStream in, OutputStream out, OutputStream log) {

  /// No input; what is written is discarded.
  public static Stdio none() {
    return new Stdio(
        InputStream.nullInputStream(),
        OutputStream.nullOutputStream(),
        OutputStream.nullOutputStream());
  }
}
