package org.promisegrid.sandbox;

import java.nio.file.Path;
import java.time.InstantSource;

/// All that the agent lends a driver; nothing else is reachable.
public interface Host {

  /// Whose sandboxes this driver makes and sees.
  NodeId node();

  InstantSource clock();

  /// A directory of the driver's own, private to the agent's user. What is in it may be deleted
  /// whenever the agent isn't running, and costs time, never data. The folder that it lies in is
  /// the agent's home, which no workload is given anything of.
  Path scratch();

  ContentSource content();

  Secrets secrets();

  /// Takes note of something; doesn't block.
  void tell(SandboxEvent event);
}
