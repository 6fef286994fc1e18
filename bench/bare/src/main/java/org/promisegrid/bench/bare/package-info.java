/// An endpoint that does nothing, in the server that the agent has.
@NullMarked
package org.promisegrid.bench.bare;

import org.jspecify.annotations.NullMarked;
