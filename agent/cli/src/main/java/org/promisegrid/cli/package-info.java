/// The `grid` command: the other side of the agent's interface.
@NullMarked
package org.promisegrid.cli;

import org.jspecify.annotations.NullMarked;
