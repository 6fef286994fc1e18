/// Calls of user functions: from a verified call to its receipt, by cache, by joining, or by a run.
@NullMarked
package org.promisegrid.kernel.call;

import org.jspecify.annotations.NullMarked;
