/// The conformance suite: a driver is done when it passes.
@NullMarked
package org.promisegrid.tck;

import org.jspecify.annotations.NullMarked;
