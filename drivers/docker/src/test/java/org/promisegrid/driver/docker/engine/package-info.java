/// Tests of one part.
@NullMarked
package org.promisegrid.driver.docker.engine;

import org.jspecify.annotations.NullMarked;
