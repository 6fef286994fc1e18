package org.promisegrid.sandbox;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Optional;

/// Secrets of the agent's owner, for a driver to put into sandboxes. It gives those that the spec
/// of a sandbox names, from its [SandboxDriver#create] until it is closed; and at any time what
/// opens a registry, for that registry alone.
///
/// A driver MUST keep them in memory: they stand in no file, log, label, message or command line.
public interface Secrets {

  /// The bytes, a copy that is the caller's to overwrite once it isn't needed any more.
  ///
  /// @throws java.io.FileNotFoundException if no sandbox's spec names it
  /// @throws IOException if it can't be read: the message says why, and nothing of the secret
  byte[] read(String name) throws IOException;

  /// What opens a registry of images: `USER:PASSWORD`; empty if the owner has put nothing for it.
  ///
  /// @param address its name, with `:` and its port if need be
  /// @throws IOException if it can't be read
  default Optional<byte[]> registry(String address) throws IOException {
    try {
      return Optional.of(read(registrySecret(address)));
    } catch (FileNotFoundException _) {
      return Optional.empty();
    }
  }

  /// What the secret is called that opens a registry: `registry-HOST`, and `_PORT` behind it, as
  /// names of secrets have no colon, and those of hosts no underline.
  static String registrySecret(String address) {
    return "registry-" + address.replace(':', '_');
  }
}
