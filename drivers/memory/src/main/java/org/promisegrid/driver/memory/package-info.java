/// The reference driver: its workloads are Java objects inside this process.
@NullMarked
package org.promisegrid.driver.memory;

import org.jspecify.annotations.NullMarked;
