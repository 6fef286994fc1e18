package org.promisegrid.driver.docker;

import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.image.ImageShelf;
import org.promisegrid.sandbox.Host;

/// What all sandboxes of one driver work with.
record Workplace(
    Host host,
    Engine engine,
    Naming naming,
    ImageShelf images,
    ShimVolume shim,
    Leftovers leftovers,
    Disposal disposal) {}
