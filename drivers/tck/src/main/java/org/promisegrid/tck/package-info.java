/// The conformance suite: a driver is done when a test class of its own that extends
/// [SandboxDriverContract] passes, and the tests here are the specification it was written from.
@NullMarked
package org.promisegrid.tck;

import org.jspecify.annotations.NullMarked;
