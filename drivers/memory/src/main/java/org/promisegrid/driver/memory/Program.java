package org.promisegrid.driver.memory;

/// What a memory sandbox runs: a filter written in Java.
///
/// It uses its [Workload] and nothing else, and ends soon after its thread is interrupted: Java
/// can't end it otherwise. What it throws is a fault of the workload.
@FunctionalInterface
public interface Program {

  /// Runs once; its exit code.
  int run(Workload workload) throws Exception;
}
