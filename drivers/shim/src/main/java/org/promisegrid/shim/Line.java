package org.promisegrid.shim;

import java.io.InputStream;
import java.io.OutputStream;

/// The two streams of a shim, and how to let go of them.
///
/// @param from what it says; neither it nor `to` needs a buffer
/// @param to what it hears; whatever is written is on its way without a flush, or is flushed
/// @param hangUp lets go of both, from any thread, and MUST end reads and writes that are under
///   way; may be run again
public record Line(InputStream from, OutputStream to, Runnable hangUp) {}
