/// The contract between the agent and whatever makes sandboxes.
@NullMarked
package org.promisegrid.sandbox;

import org.jspecify.annotations.NullMarked;
