/// Puts the agent together: what the owner chose, the kernel, the drivers that are there, and the
/// doors to them. The only package that calls their constructors.
@NullMarked
package org.promisegrid.server.wiring;

import org.jspecify.annotations.NullMarked;
