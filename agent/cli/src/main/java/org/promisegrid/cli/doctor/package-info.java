/// What `grid doctor` looks at: the host, the home, and the agent that runs there.
@NullMarked
package org.promisegrid.cli.doctor;

import org.jspecify.annotations.NullMarked;
