package org.promisegrid.kernel.syscall;

import java.io.InputStream;
import java.util.OptionalLong;

/// Bytes that follow a call, such as those of `content.put`. The transport owns the stream.
///
/// @param bytes end where the body ends
/// @param size how many there will be, where the transport knows
public record Body(InputStream bytes, OptionalLong size) {}
