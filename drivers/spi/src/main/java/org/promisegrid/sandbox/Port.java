package org.promisegrid.sandbox;

/// A workload's own way to the grid: messages from inside are answered under exactly the grants
/// that the call named. There is no other authority inside a sandbox.
@FunctionalInterface
public interface Port {

  /// Sends one whole message and waits for its answer, another whole message. What the workload did
  /// wrong is told in the answer; this throws only if the run itself is being ended.
  byte[] send(byte[] message) throws InterruptedException;

  /// A port without a grant: whatever is sent, the answer is empty.
  static Port closed() {
    return message -> new byte[0];
  }
}
