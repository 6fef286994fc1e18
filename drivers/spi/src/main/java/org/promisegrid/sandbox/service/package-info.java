/// Services: workloads that are kept running. A driver has them by the power
/// [org.promisegrid.sandbox.service.Services]; what is to run, and when it is started again, the
/// agent decides.
@NullMarked
package org.promisegrid.sandbox.service;

import org.jspecify.annotations.NullMarked;
