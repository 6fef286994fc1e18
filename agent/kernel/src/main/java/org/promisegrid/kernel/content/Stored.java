package org.promisegrid.kernel.content;

import org.promisegrid.sandbox.Cid;

/// Content that is safe on disk.
///
/// @param fresh whether it wasn't there before
public record Stored(Cid cid, long size, boolean fresh) {}
