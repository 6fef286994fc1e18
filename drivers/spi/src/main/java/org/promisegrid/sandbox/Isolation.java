package org.promisegrid.sandbox;

/// How well a workload is cut off from the host, weakest first: `asked.compareTo(given) <= 0` means
/// that what is given suffices.
public enum Isolation {
  /// None is promised: a process of some user.
  ANY,
  /// A sandbox that shares the host's kernel, or lives in a process of it.
  SANDBOX,
  /// A kernel of its own.
  KERNEL
}
