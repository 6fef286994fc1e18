package org.promisegrid.kernel;

import java.nio.file.Path;
import java.time.InstantSource;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.Secrets;

/// What the kernel lends a driver.
record LentHome(
    NodeId node, InstantSource clock, Path scratch, ContentSource content, Secrets secrets)
    implements Host {

  @Override
  public void tell(SandboxEvent event) {
    // Dispatch wraps this host, and listens: nothing is left to be done here.
  }
}
