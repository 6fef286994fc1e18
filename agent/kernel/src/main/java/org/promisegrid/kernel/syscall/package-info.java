/// The kernel's own functions: what every REST operation, CLI verb and request from inside comes
/// down to. Each is called by the hash of its protocol document, like any other function.
@NullMarked
package org.promisegrid.kernel.syscall;

import org.jspecify.annotations.NullMarked;
