/// One engine: its client, its failures as the contract has them, and the streams of a container.
@NullMarked
package org.promisegrid.driver.docker.engine;

import org.jspecify.annotations.NullMarked;
