package org.promisegrid.sandbox.service;

import org.promisegrid.sandbox.Cid;

/// What lies in a service's file system besides its code.
public sealed interface Mounted {

  /// Where; absolute, normal.
  String path();

  /// A volume, which outlives the service's sandboxes. At first it holds what the code has there.
  ///
  /// @param name within the service's stack; of an external one, the target's own name
  /// @param external it is there, and not the agent's
  record Volume(String name, String path, boolean readOnly, boolean external) implements Mounted {}

  /// A folder or file of the target's host; the owner's settings have to allow where it really
  /// lies.
  record Bind(String source, String path, boolean readOnly) implements Mounted {}

  /// Content, as a file that can only be read.
  ///
  /// @param mode its permissions, such as `0444`
  record File(Cid content, String path, int mode) implements Mounted {}

  /// A secret by its name in [org.promisegrid.sandbox.Host#secrets], as a file that lies in memory
  /// and can only be read, by the service's user.
  record Secret(String name, String path) implements Mounted {}

  /// An empty folder in memory.
  ///
  /// @param size bytes at most
  record Memory(String path, long size) implements Mounted {}
}
