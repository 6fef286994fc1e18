/// Stacks: services that are kept as their owner wants them. The head of a ref says what is wanted,
/// the journal what was done for it, the targets what there is.
@NullMarked
package org.promisegrid.kernel.stack;

import org.jspecify.annotations.NullMarked;
