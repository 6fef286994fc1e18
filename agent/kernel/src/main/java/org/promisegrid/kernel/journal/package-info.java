/// The one place that acknowledges: an append-only, hash-chained record of what the agent did.
@NullMarked
package org.promisegrid.kernel.journal;

import org.jspecify.annotations.NullMarked;
