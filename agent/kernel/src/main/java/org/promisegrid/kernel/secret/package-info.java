/// Secrets: kept sealed on disk, and opened only for the sandboxes whose slots they fill.
@NullMarked
package org.promisegrid.kernel.secret;

import org.jspecify.annotations.NullMarked;
