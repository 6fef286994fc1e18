package org.promisegrid.kernel.stack;

import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.promisegrid.kernel.dispatch.ServiceTargets;
import org.promisegrid.kernel.ledger.ServiceBook;
import org.promisegrid.kernel.ledger.TokenBook;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Target;

/// All that reconcilers work with.
///
/// @param threads on which what blocks is done
/// @param relist has the services of a target told again, once it can work
record Hands(
    NodeId node,
    ServiceTargets targets,
    ServiceBook book,
    TokenBook tokens,
    InstantSource clock,
    Timer timer,
    Probe probe,
    ExecutorService threads,
    Consumer<Target> relist) {}
