/// Images, from content to the engine: each read with suspicion, and loaded once.
@NullMarked
package org.promisegrid.driver.docker.image;

import org.jspecify.annotations.NullMarked;
