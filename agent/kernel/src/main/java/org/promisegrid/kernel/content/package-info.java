/// Bytes by their names, on disk: put, verified, read back; and directories of them.
@NullMarked
package org.promisegrid.kernel.content;

import org.jspecify.annotations.NullMarked;
