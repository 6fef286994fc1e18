/// The reference driver: what a driver is, without any engine to talk to. Its workloads are Java
/// functions on threads of this process, so it also serves as the fake in the kernel's tests; it
/// isolates from nothing that ignores its [org.promisegrid.driver.memory.Workload], and isn't
/// shipped.
@NullMarked
package org.promisegrid.driver.memory;

import org.jspecify.annotations.NullMarked;
