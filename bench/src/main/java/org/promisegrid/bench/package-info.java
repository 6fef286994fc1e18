/// Measurements of what the design promises to be fast.
@NullMarked
package org.promisegrid.bench;

import org.jspecify.annotations.NullMarked;
