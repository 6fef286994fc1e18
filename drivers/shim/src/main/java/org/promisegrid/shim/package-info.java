/// The agent's side of the shim's protocol, whatever carries its two streams, and the shim itself.
@NullMarked
package org.promisegrid.shim;

import org.jspecify.annotations.NullMarked;
