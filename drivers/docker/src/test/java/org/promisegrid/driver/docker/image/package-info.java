/// Tests of one part.
@NullMarked
package org.promisegrid.driver.docker.image;

import org.jspecify.annotations.NullMarked;
