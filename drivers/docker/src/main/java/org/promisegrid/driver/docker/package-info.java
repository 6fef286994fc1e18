/// Runs container images on a Docker engine, each call in a container of its own.
@NullMarked
package org.promisegrid.driver.docker;

import org.jspecify.annotations.NullMarked;
