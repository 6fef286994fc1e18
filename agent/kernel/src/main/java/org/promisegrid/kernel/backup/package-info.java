/// A home in one file, and back.
@NullMarked
package org.promisegrid.kernel.backup;

import org.jspecify.annotations.NullMarked;
