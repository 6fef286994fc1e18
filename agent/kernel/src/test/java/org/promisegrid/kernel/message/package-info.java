/// Tests of what is said on the grid.
@NullMarked
package org.promisegrid.kernel.message;

import org.jspecify.annotations.NullMarked;
