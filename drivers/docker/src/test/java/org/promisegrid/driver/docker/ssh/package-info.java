/// Tests of one part.
@NullMarked
package org.promisegrid.driver.docker.ssh;

import org.jspecify.annotations.NullMarked;
