/// Tests of container sandboxes, with an engine and images of their own.
@NullMarked
package org.promisegrid.driver.docker;

import org.jspecify.annotations.NullMarked;
