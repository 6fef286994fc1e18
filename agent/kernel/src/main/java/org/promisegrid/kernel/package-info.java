/// The kernel of the agent: plain Java, no framework.
@NullMarked
package org.promisegrid.kernel;

import org.jspecify.annotations.NullMarked;
