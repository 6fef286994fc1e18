/// What the agent knows for certain: told to the journal first, then kept in the index.
@NullMarked
package org.promisegrid.kernel.ledger;

import org.jspecify.annotations.NullMarked;
