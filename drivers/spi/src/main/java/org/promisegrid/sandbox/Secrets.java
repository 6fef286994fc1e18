package org.promisegrid.sandbox;

import java.io.IOException;

/// Secrets of the agent's owner, for a driver to put into sandboxes. It gives those that the spec
/// of a sandbox names, from its [SandboxDriver#create] until it is closed.
///
/// A driver MUST keep them in memory: they stand in no file, log, label, message or command line.
public interface Secrets {

  /// The bytes, a copy that is the caller's to overwrite once it isn't needed any more.
  ///
  /// @throws java.io.FileNotFoundException if no sandbox's spec names it
  /// @throws IOException if it can't be read: the message says why, and nothing of the secret
  byte[] read(String name) throws IOException;
}
