/// Messages on streams: `agent.sock`, and whatever else carries frames.
@NullMarked
package org.promisegrid.server.wire;

import org.jspecify.annotations.NullMarked;
