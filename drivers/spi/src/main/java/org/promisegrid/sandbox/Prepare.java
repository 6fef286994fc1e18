package org.promisegrid.sandbox;

/// A driver that can do part of the work before the first call: compile, pull, unpack.
public interface Prepare extends Power {

  /// Makes ready what calls of `form` will need, so that a later call finds it warm. Blocks until
  /// ready; a call that comes meanwhile waits for the same work instead of doing it again.
  ///
  /// @throws DriverException `UNSUPPORTED` if this code can never run here, and why
  void prepare(Form form) throws InterruptedException;
}
