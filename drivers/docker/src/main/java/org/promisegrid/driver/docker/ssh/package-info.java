/// The way to an engine's socket on another host, by SSH.
@NullMarked
package org.promisegrid.driver.docker.ssh;

import org.jspecify.annotations.NullMarked;
