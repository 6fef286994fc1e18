package org.promisegrid.driver.memory;

import org.promisegrid.sandbox.SandboxDriver;

/// A way in which a driver can be wrong, with the test of the contract that finds it.
interface Wrong {

  /// The nested class of the contract.
  String subject();

  /// Its method, with the types of its parameters.
  String test();

  /// A driver that is wrong in this way, and in no other.
  SandboxDriver of(SandboxDriver driver);
}
